//go:build goexperiment.runtimesecret

package secret

import runtimesecret "runtime/secret"

// Do runs f and erases what it leaves in registers, on the stack and, when the
// garbage collector finds it unreachable, on the heap: the copies of a private
// key that crypto packages keep where no caller can reach them. Results that f
// stores outside stay.
//
// This form is built with GOEXPERIMENT=runtimesecret.
func Do(f func()) { runtimesecret.Do(f) }

// Erases says whether Do erases what f leaves behind.
func Erases() bool { return true }
