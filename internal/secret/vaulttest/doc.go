// Package vaulttest holds what every secret.Vault must do ([Run]) and a Vault in
// memory for the tests of other rooms ([Memory]).
package vaulttest
