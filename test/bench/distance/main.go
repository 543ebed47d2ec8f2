// Puts a distance between the data centers of a local cluster: every packet between database processes
// (and Vitess's own control plane, which is in beijing) of two of them is held back for so long.
//
// It has to run as root in a network namespace that is its own and the cluster's alone, with the rules of
// run.sh: new connections come through queue 1, where it marks those from one data center to the other;
// what belongs to them comes through queue 2.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"
)

const (
	newConnections = 1
	far            = 2

	netlinkNetfilter = 12
	typePacket       = 3<<8 | 0
	typeVerdict      = 3<<8 | 1
	typeConfig       = 3<<8 | 2
	copyBytes        = 64
	acceptVerdict    = 1
	farMark          = 1
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "distance:", err)
		os.Exit(1)
	}
}

func attribute(kind uint16, value []byte) []byte {
	size := 4 + len(value)
	out := make([]byte, (size+3)&^3)
	binary.NativeEndian.PutUint16(out, uint16(size))
	binary.NativeEndian.PutUint16(out[2:], kind)
	copy(out[4:], value)
	return out
}

func number(value uint32) []byte { return binary.BigEndian.AppendUint32(nil, value) }

type queue struct {
	id     uint16
	socket int
}

func (q queue) send(kind uint16, attributes ...[]byte) error {
	message := make([]byte, 16, 64)
	message = append(message, syscall.AF_UNSPEC, 0)
	message = binary.BigEndian.AppendUint16(message, q.id)
	for _, one := range attributes {
		message = append(message, one...)
	}
	binary.NativeEndian.PutUint32(message, uint32(len(message)))
	binary.NativeEndian.PutUint16(message[4:], kind)
	binary.NativeEndian.PutUint16(message[6:], syscall.NLM_F_REQUEST)
	return syscall.Sendto(q.socket, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
}

func open(id uint16) queue {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, netlinkNetfilter)
	fail(err)
	fail(syscall.Bind(socket, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}))
	fail(syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, 33 /* SO_RCVBUFFORCE */, 64<<20))
	q := queue{id, socket}
	fail(q.send(typeConfig, attribute(1, []byte{1, 0, 0, 0})))
	fail(q.send(typeConfig, attribute(2, append(number(copyBytes), 2))))
	fail(q.send(typeConfig, attribute(3, number(100_000))))
	// Without a place left packets pass; large ones stay whole.
	fail(q.send(typeConfig, attribute(4, number(5)), attribute(5, number(5))))
	return q
}

func (q queue) accept(packet, mark uint32) {
	verdict := attribute(2, append(number(acceptVerdict), number(packet)...))
	if mark == 0 {
		fail(q.send(typeVerdict, verdict))
		return
	}
	fail(q.send(typeVerdict, verdict, attribute(3, number(mark))))
}

// each calls handle with the number and the first bytes of every packet that comes.
func (q queue) each(handle func(packet uint32, content []byte)) {
	buffer := make([]byte, 1<<20)
	for {
		size, _, err := syscall.Recvfrom(q.socket, buffer, 0)
		if err == syscall.ENOBUFS || err == syscall.EINTR {
			continue
		}
		fail(err)
		for left := buffer[:size]; len(left) >= 20; {
			length := int(binary.NativeEndian.Uint32(left))
			if binary.NativeEndian.Uint16(left[4:]) == typePacket {
				handle(readPacket(left[20:length]))
			}
			left = left[min(len(left), (length+3)&^3):]
		}
	}
}

func readPacket(data []byte) (packet uint32, content []byte) {
	for len(data) >= 4 {
		size := int(binary.NativeEndian.Uint16(data))
		value := data[4:size]
		switch binary.NativeEndian.Uint16(data[2:]) {
		case 1:
			packet = binary.BigEndian.Uint32(value)
		case 10:
			content = append([]byte(nil), value...)
		}
		data = data[min(len(data), (size+3)&^3):]
	}
	return packet, content
}

type held struct {
	queue  queue
	packet uint32
	mark   uint32
	until  time.Time
}

func main() {
	delay, err := time.ParseDuration(os.Args[1])
	fail(err)
	line := make(chan held, 1<<20)
	// In the order in which they came, as a wire keeps them.
	go func() {
		for one := range line {
			time.Sleep(time.Until(one.until))
			one.queue.accept(one.packet, one.mark)
		}
	}()
	cells := newCells()
	first, rest := open(newConnections), open(far)
	go first.each(func(packet uint32, content []byte) {
		if cells.areApart(content) {
			line <- held{first, packet, farMark, time.Now().Add(delay)}
		} else {
			first.accept(packet, 0)
		}
	})
	fmt.Println("ready")
	rest.each(func(packet uint32, _ []byte) {
		line <- held{rest, packet, 0, time.Now().Add(delay)}
	})
}
