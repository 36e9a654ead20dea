package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Of one change a person is asked before it is made. The server of the older era over stdio asks by elicitation; the
// other clients cannot, and bring the token that they were told.
const confirmTables = "\n[profiles.e2e.policy]\nconfirm = [\"POST /users/*/messages\"]\nconfirm_token = true\n"

// chaosDrafts writes a draft to which a person has to agree: they do, late or never, and the same agreement is tried
// once more. The ledger knows whether it counted twice, or without them.
func chaosDrafts(ctx context.Context, e *chaosErrand) {
	from, _ := e.sending(e.mark)
	arguments := map[string]any{"path": strings.TrimSuffix(from, "/sendMail") + "/messages", "method": "POST", "body": map[string]any{"subject": e.mark}}
	got := e.call(ctx, "microsoft_graph", arguments)
	e.k.c.ledger.note(e.mark, got.told, got.text)
	_, token, ok := strings.Cut(got.text, `with confirm "`)
	if !ok || e.dice.IntN(4) == 0 {
		return
	}
	arguments["confirm"], _, _ = strings.Cut(token, `"`)
	got = e.call(ctx, "microsoft_graph", arguments)
	e.k.c.ledger.note(e.mark, got.told, got.text)
	if e.dice.IntN(2) == 0 {
		return
	}
	if again := e.call(ctx, "microsoft_graph", arguments); again.told == toldDone && got.told == toldDone {
		e.k.c.violated("%s: an agreement was taken twice", e.mark)
	}
}

// answerQuestion answers what a server asks the person at a stdio client: yes, no, in the end neither, with nonsense, and
// some of it late.
func (l *stdioLink) answerQuestion(id json.RawMessage, dice *rand.Rand) {
	answers := []string{`{"action":"accept","content":{}}`, `{"action":"accept","content":{}}`, `{"action":"decline"}`, `{"action":"cancel"}`,
		`{"action":"perhaps"}`, `{}`, `null`, `[7]`}
	answer := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", id, answers[dice.IntN(len(answers))])
	if dice.IntN(8) == 0 {
		answer = fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32603,"message":"the window was closed"}}`+"\n", id)
	}
	if dice.IntN(3) == 0 {
		select {
		case <-time.After(time.Duration(dice.IntN(1500)) * time.Millisecond):
		case <-l.over:
			return
		}
	}
	_ = l.write(answer) // it may be ending
	if dice.IntN(4) == 0 {
		_ = l.write(answer) // a second time, which nobody waits for
	}
}
