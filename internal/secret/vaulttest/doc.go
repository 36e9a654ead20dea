// Package vaulttest holds what every secret.Vault must do ([Run], and [RunLarge]
// for one that takes large secrets) and a Vault in memory for the tests of other
// rooms ([Memory]).
package vaulttest
