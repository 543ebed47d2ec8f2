module tagenal.dev/distance

go 1.24
