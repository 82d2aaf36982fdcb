//go:build !goexperiment.runtimesecret

package secret

// Do runs f. Built with GOEXPERIMENT=runtimesecret it also erases what f
// leaves in registers, on the stack and on the heap; this form does not, and
// copies of a private key that crypto packages made stay in the heap until
// their memory is used again.
func Do(f func()) { f() }

// Erases says whether Do erases what f leaves behind.
func Erases() bool { return false }
