package profile

// Schema says how the server learns what Microsoft Graph has: from the description that the service gives of itself.
type Schema struct {
	Offline bool   // nothing is fetched: what Folder has is used
	Folder  string // where it is kept, absolute; "": in the user's cache folder
}

type fileSchema struct {
	Offline bool   `toml:"offline"`
	Folder  string `toml:"folder"`
}

func (l *loader) schema() Schema {
	b := &builder{loader: l, key: "schema"}
	return Schema{Offline: l.raw.Schema.Offline, Folder: b.path("folder", l.raw.Schema.Folder)}
}
