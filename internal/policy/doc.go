// Package policy decides whether a call to Microsoft Graph may be made.
//
// [Policy.Explain] is pure: a request in, verdict and reason out. [Guard] stands in front of
// everything that sends requests, so a tool that forgets to ask cannot go around it: each request is judged,
// each item of a batch, each next link, and each resource that a query expands.
//
// A rule reads "METHOD PATTERN". METHOD is an HTTP method or "*". PATTERN is a path in which "*" stands for one
// segment and "**" for any number of them, none included; it is compared without regard to case, and keys in
// parentheses count as segments, as in Graph itself.
//
// What a rule is about is a path, not a resource. Rules that take something away (deny, confirm) take along what is
// known to come to the same: "/me" is somebody among "/users", a mail folder's messages are among the mailbox's, an
// upload session replaces a file's content, permanentDelete deletes (alias.go and alias_site.go have all). Rules that
// give (allow) give what they say and no more: one for PUT …/content does not allow createUploadSession, which larger
// files need; where only the schema knows what a segment is, they have to cover all that it may be; and a segment that
// ends in a colon, behind which a path of files or sites follows, is matched by "*:" and "**", not by "*". Only the
// service knows who "/me" is, what lies in which drive and what /search/query finds, so allow-lists are the strict
// way. The arguments of a function are not compared.
//
// What is refused, what a person is asked and what changes something goes into the audit log ([Recorder]): a change
// has a line before it is sent, without which it is not sent, and one with what came of it.
package policy
