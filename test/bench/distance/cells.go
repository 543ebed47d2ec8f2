package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cells knows the data center of each database process and of each port that one listens on.
type cells struct {
	mutex     sync.Mutex
	ofProcess map[int]string
	ofPort    map[int]string
}

const controlPlane = "beijing"

var defaultsOf = regexp.MustCompile(`--defaults-file=.*/vt_0*(\d+)/`)

func newCells() *cells {
	c := &cells{}
	c.look()
	go func() {
		for range time.Tick(300 * time.Millisecond) {
			c.look()
		}
	}()
	return c
}

func flag(arguments []string, name string) string {
	for index, one := range arguments[:len(arguments)-1] {
		if one == name {
			return arguments[index+1]
		}
	}
	return ""
}

type process struct {
	id        int
	program   string
	arguments []string
}

// processes of this network namespace.
func processes() (found []process) {
	own, _ := os.Readlink("/proc/self/ns/net")
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, err := os.ReadFile(folder + "/cmdline")
		if err != nil || len(text) == 0 {
			continue
		}
		if space, _ := os.Readlink(folder + "/ns/net"); space != own {
			continue
		}
		arguments := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		id, _ := strconv.Atoi(filepath.Base(folder))
		found = append(found, process{id, filepath.Base(arguments[0]), arguments})
	}
	return found
}

func (c *cells) look() {
	all := processes()
	ofTablet := map[string]string{}
	for _, one := range all {
		// hongkong-0000000103
		if cell, uid, ok := strings.Cut(flag(one.arguments, "--tablet-path"), "-"); ok {
			ofTablet[strings.TrimLeft(uid, "0")] = cell
		}
	}
	ofProcess, ofPort := map[int]string{}, map[int]string{}
	for _, one := range all {
		cell := cellOf(one, ofTablet)
		if cell == "" {
			continue
		}
		ofProcess[one.id] = cell
		for _, name := range []string{"--port", "--grpc-port", "--mysql-port", "--mysql-server-port"} {
			if port, err := strconv.Atoi(flag(one.arguments, name)); err == nil {
				ofPort[port] = cell
			}
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ofProcess, c.ofPort = ofProcess, ofPort
}

func cellOf(one process, ofTablet map[string]string) string {
	switch one.program {
	case "vttablet":
		cell, _, _ := strings.Cut(flag(one.arguments, "--tablet-path"), "-")
		return cell
	case "vtgate":
		return flag(one.arguments, "--cell")
	case "mysqlctld":
		return ofTablet[flag(one.arguments, "--tablet-uid")]
	case "mysqld":
		if match := defaultsOf.FindStringSubmatch(strings.Join(one.arguments, " ")); match != nil {
			return ofTablet[match[1]]
		}
	case "vtctld", "vtorc", "etcd":
		return controlPlane
	}
	return ""
}

// areApart says whether this first packet of a connection goes from one data center to another.
func (c *cells) areApart(packet []byte) bool {
	if len(packet) < 20 || packet[0]>>4 != 4 || len(packet) < int(packet[0]&15)*4+4 {
		return false
	}
	ports := packet[int(packet[0]&15)*4:]
	from, to := int(binary.BigEndian.Uint16(ports)), int(binary.BigEndian.Uint16(ports[2:]))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	there := c.ofPort[to]
	if there == "" {
		return false
	}
	here := c.ofProcess[c.ownerOf(from, to)]
	return here != "" && here != there
}

// ownerOf finds who connects from one port to another; 0 where it is no database process.
func (c *cells) ownerOf(from, to int) int {
	file, err := os.Open("/proc/self/net/tcp")
	if err != nil {
		return 0
	}
	defer file.Close()
	local, remote := fmt.Sprintf(":%04X", from), fmt.Sprintf(":%04X", to)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || !strings.HasSuffix(fields[1], local) || !strings.HasSuffix(fields[2], remote) {
			continue
		}
		if fields[9] != "0" {
			return c.holderOf("socket:[" + fields[9] + "]")
		}
	}
	return 0
}

func (c *cells) holderOf(socket string) int {
	for id := range c.ofProcess {
		folder := fmt.Sprintf("/proc/%d/fd", id)
		names, _ := os.ReadDir(folder)
		for index := len(names) - 1; index >= 0; index-- {
			if target, _ := os.Readlink(filepath.Join(folder, names[index].Name())); target == socket {
				return id
			}
		}
	}
	return 0
}
