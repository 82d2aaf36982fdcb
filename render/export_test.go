package render

import "testing"

// Golden and Tool are the helpers of the printer's tests, for the tests of
// the tree, which stand outside of the package to use the disk planner.
var (
	Golden = golden
	Tool   = func(t *testing.T, name string) string { return tool(t, name) }
)

// ConstantsOf and SwapSize are looked at on their own.
var (
	ConstantsOf = constants
	SwapSize    = swapSize
)
