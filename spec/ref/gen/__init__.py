"""One module a file of spec/vectors: make() returns the file's JSON value."""
