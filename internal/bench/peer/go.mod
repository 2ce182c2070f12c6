module github.com/nightjar/nightjar/internal/bench/peer

go 1.26.8

require github.com/emirpasic/gods v1.18.1
