// Package ui is the dashboard: pages that one person looks at in a browser of this machine, while the command that
// serves them runs.
//
// It is served on loopback alone, and any page in any browser of this machine, and any of its users, can send requests
// there. So a request counts only if all of this holds:
//
//   - it names this server as its host, and not a domain that leads here (DNS rebinding);
//   - it is for the room that this run has drawn, the first part of every path. The session's cookie has that path,
//     too: cookies know no ports, and other servers of this machine would be sent one with the path "/";
//   - it has the cookie, which one browser got, once, for the token in the address that was printed. That address does
//     not name the room: it stands in the command line of the browser that was started, which others may read. Where
//     another browser comes with it, one of the two is not the person's, and the dashboard ends;
//   - no other site has caused it, as far as the browser says, and if it changes something, it comes from a form of
//     the dashboard's own, with the session's proof.
//
// Pages work without script; one has a few lines, which notice when a sign-in has ended. What they show comes through
// the interfaces here, which the command fills (internal/cli): the room knows neither Microsoft nor files.
package ui
