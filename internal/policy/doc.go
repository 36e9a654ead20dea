// Package policy decides whether a call to Microsoft Graph may be made.
//
// [Policy.Judge] is pure: method and readings of a path in, verdict and reason out. [Guard] stands in front of
// everything that sends requests, so a tool that forgets to ask cannot go around it: each request is judged,
// each item of a batch, each next link, and each resource that a query expands.
//
// A rule reads "METHOD PATTERN". METHOD is an HTTP method or "*". PATTERN is a path in which "*" stands for one
// segment and "**" for any number of them, none included; it is compared without regard to case, and keys in
// parentheses count as segments, as in Graph itself.
//
// What a rule is about is a path, not a resource: a mailbox that /users/{id}/messages leads to is also reached
// through /users/{id}/mailFolders/inbox/messages, and read by /search/query. Allow-lists are the strict way; deny
// rules take the known synonyms along ("/me" is somebody among "/users", "/drive" is that of "/me"). The arguments
// of a function are not compared.
package policy
