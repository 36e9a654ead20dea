// Package catalog knows which call of Microsoft Graph does what: the operations that people ask for most, described in our
// own words (areas/), and all others as the service's own schema has them. It finds them by plain words.
//
// # The areas
//
// Each file of areas/ describes the operations of one area. The first line that begins with "#" names it; other such lines
// are comments. An operation begins with its method and path template on a line of its own; the indented lines below it are
// its fields, a name and what follows, in any order:
//
//	GET /me/messages
//	  also        /users/{user}/messages
//	  does        Lists the messages of a mailbox, newest first, from all folders
//	  ask         unread mail; my latest emails; messages from a person
//	  de          ungelesene Mails; neueste Nachrichten
//	  fr          mails non lus; derniers messages
//	  query       $filter isRead eq false
//	  query       $select subject,from,receivedDateTime
//	  header      Prefer outlook.body-content-type="text"
//	  body        {"isRead": true}
//	  delegated   Mail.ReadBasic
//	  application Mail.ReadBasic.All
//	  returns     message
//	  note        $search does not go with $filter or $orderby
//	  version     beta
//
// also, ask, de, fr, query, header and note may be repeated. path, query, header and body together are a call that can be
// made once what stands in braces is filled in. Permissions are the least privileged that Microsoft documents; "-" says
// that there is none (an app, or a person, cannot make the call), " + " joins several that are needed together.
//
// # Finding
//
// A request is read (words.go, token.go) as words in English, German or French with their stems (stem.go), with what they
// mean by the lexicon (lexicon.txt), phrases before words, compounds taken apart, slips corrected (spelling.go). An operation
// scores by the words anywhere in its fields (BM25F) and by the phrase of it that comes nearest (find.go), then by what the
// request asks to do (intent.go): its first verb, or a question. What the schema alone knows (live.go) follows behind good hits, or leads
// where it has what the catalog lacks (join.go). testdata/eval has requests with their right answers; tune.tsv, plain.tsv,
// second.tsv and third.tsv are there to tune on, held.tsv is not to be looked at.
package catalog
