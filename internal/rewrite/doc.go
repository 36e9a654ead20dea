// Package rewrite puts a changed file in the place of one that people and other programs write, too: over symbolic
// links, whole or not at all, with the mode and owner it had, and not over what somebody else wrote meanwhile.
package rewrite
