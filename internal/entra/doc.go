// Package entra answers the question "who are we?": it gets access tokens from
// Microsoft Entra ID and keeps them until they are to be renewed. It is the only
// importer of MSAL, and no type of MSAL leaves it.
//
// An identity ([App], [Managed], [User]) is asked for a token before every call
// to an API. It answers from memory while its token is good; else one request
// goes out however many callers wait (keeper.go). A failure is an [Error], which
// names Entra's code and its cure, and is remembered for a while, so that many
// callers make no storm.
//
// A server for many acts for each person as themselves: an [OnBehalfOf] exchanges the token that they came with, a
// [Web] lets them sign in and goes on with what they have granted. Either keeps an identity for each person ([Behalf],
// [Visitor]) in bounded memory (crowd.go) and checks of every answer that it is theirs (member.go).
//
// An app proves itself by a [Credential], of which every kind has a file of its
// own. A person signs in once ([User.SignIn]): in the browser, with the answer
// coming to a listener on loopback (loopback.go), or with a code (device.go).
// What goes on from there is a record in a vault (record.go), which the processes
// of a profile share: whoever renews it (redeem.go) holds a lock across them, and
// the others find the new token in it.
//
// Rules of the package: a token and a secret are a secret.Text wherever they
// rest; the text of an error is our own or a part of Entra's answer that was
// chosen and cleaned, never MSAL's, which prints whole bodies.
package entra
