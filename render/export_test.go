package render

// Golden is the helper of the printer's tests, for the tests of the tree,
// which stand outside of the package to use the disk planner.
var Golden = golden

// ConstantsOf and SwapSize are looked at on their own.
var (
	ConstantsOf = constants
	SwapSize    = swapSize
)
