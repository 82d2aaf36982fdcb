package device

// OpenFault is what opening a device makes of the kernel's error.
var OpenFault = openFault
