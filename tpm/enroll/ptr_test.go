package enroll_test

import "unsafe"

// ptr is where a mapping begins.
func ptr(mapping []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(mapping)) }
