package graphsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// changes is what happened to the sets that delta queries can be made of, oldest first.
type changes struct {
	log []change
}

type change struct {
	set, id string
	removed bool
}

func (c *changes) note(set, id string, removed bool) {
	c.log = append(c.log, change{set, id, removed})
}

// since lists what changed in a set from a position on, each id once and in its last state.
func (c *changes) since(set string, from int) []change {
	last := map[string]int{}
	for i, each := range c.log[min(from, len(c.log)):] {
		if each.set == set {
			last[each.id] = from + i
		}
	}
	var all []change
	for i, each := range c.log {
		if at, ok := last[each.id]; ok && at == i && each.set == set {
			all = append(all, each)
		}
	}
	return all
}

// delta answers a delta query over a set: everything at first, later what changed since the token.
func (c *call) delta(set string, k *kind, all func() []thing, one func(id string) (thing, bool)) (*answer, error) {
	l := &listing{kind: k, delta: c.g.deltaToken(set, len(c.g.changes.log))}
	token := c.query.DeltaToken
	if token == "" {
		token = c.query.Other["token"]
	}
	if s := c.path.segments[len(c.path.segments)-1]; token == "" && s.word == "delta" {
		token = s.argument("token")
	}
	switch token {
	case "":
		l.items = all()
	case "latest":
	default:
		from, err := c.g.readDeltaToken(set, token)
		if err != nil {
			return nil, err
		}
		for _, each := range c.g.changes.since(set, from) {
			t, ok := one(each.id)
			if !ok || each.removed {
				t = thing{removedEntity(k, each.id), k}
			}
			l.items = append(l.items, t)
		}
	}
	return &answer{list: l}, nil
}

func removedEntity(k *kind, id string) Entity {
	if k.area == files {
		return Entity{"id": id, "deleted": Entity{"state": "deleted"}}
	}
	return Entity{"id": id, "@removed": Entity{"reason": "deleted"}}
}

func (g *Graph) deltaToken(set string, position int) string {
	p := strconv.Itoa(position)
	return base64.RawURLEncoding.EncodeToString(append(g.sign("delta", set, p), p...))
}

func (g *Graph) readDeltaToken(set, token string) (int, error) {
	const size = sha256.Size
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil && len(raw) > size && hmac.Equal(raw[:size], g.sign("delta", set, string(raw[size:]))) {
		return strconv.Atoi(string(raw[size:]))
	}
	if strings.HasPrefix(set, "drive/") {
		return 0, &problem{status: http.StatusGone, code: "resyncRequired", message: "Resync required. Replace any local items with the server's version (including deletes) if you're sure that the service was up to date with your local changes when you last sync'd. Upload any local changes that the server doesn't know about."}
	}
	return 0, &problem{status: http.StatusGone, code: "syncStateNotFound", message: "The sync state generation is not found; continuing requires a full synchronization."}
}
