package company

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// builder fills a Company. Each subject draws from its own dice, so that adding to one leaves the others as
// they were.
type builder struct {
	*Company
	now       time.Time // UTC, whole seconds
	staff     []*person // employees, the CEO first
	byUPN     map[string]*person
	desks     []*person         // the people whose mail, calendar and files exist
	users     map[string]Entity // by id, once all are there
	store     *store
	templates templates
}

func newBuilder(now time.Time) *builder {
	now = now.UTC().Truncate(time.Second)
	return &builder{
		now:       now,
		byUPN:     map[string]*person{},
		store:     &store{now: now, press: newPress("Zoé Béranger"), files: map[string][]byte{}},
		templates: newTemplates(),
		Company: &Company{
			ManagerOf: map[string]string{}, Members: map[string][]string{}, Owners: map[string][]string{},
			MailFolders: map[string][]Entity{}, Messages: map[string][]Entity{}, Attachments: map[string][]Entity{},
			Calendars: map[string][]Entity{}, Events: map[string][]Entity{}, Contacts: map[string][]Entity{},
			DriveOf: map[string]string{}, Items: map[string][]*Item{},
			Lists: map[string][]Entity{}, ListItems: map[string][]Entity{}, ResourceGroups: map[string][]Entity{}, Shelves: map[string][]Entity{},
		},
	}
}

// dice are loaded: the same subject always throws the same numbers.
func dice(subject string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(subject))
	return rand.New(rand.NewPCG(h.Sum64(), 0x6d65726973616e64))
}

// pick draws one element.
func pick[T any](d *rand.Rand, from []T) T { return from[d.IntN(len(from))] }

// stamp writes a time as Graph does for most properties.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// daysAgo is that many days before now, at an hour and minute of that day.
func (b *builder) daysAgo(days, hour, minute int) time.Time {
	return daysBefore(b.now, days, hour, minute)
}

func daysBefore(now time.Time, days, hour, minute int) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d-days, hour, minute, 0, 0, time.UTC)
}

// list turns values into a JSON array.
func list[T any](values ...T) []any {
	l := make([]any, len(values))
	for i, v := range values {
		l[i] = v
	}
	return l
}

// shelve puts resources on a shelf.
func (b *builder) shelve(path string, entities ...Entity) {
	b.Shelves[path] = append(b.Shelves[path], entities...)
}
