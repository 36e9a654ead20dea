package tools

// For the tests outside of the package.
var (
	ItemsOf       = itemsOf
	PermissionFor = permissionFor
	Includes      = includes
)
