module github.com/thalweg/thalweg/types/protobuf

go 1.26

require github.com/thalweg/thalweg v0.0.0

require google.golang.org/protobuf v1.36.12

replace github.com/thalweg/thalweg => ../..
