package mcp

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

const (
	transferTime  = time.Hour // bounds one transfer
	mostTransfers = 32        // at once: an upload holds a slice of some megabytes in memory
)

// serveTransfer streams a file to whoever holds its link. The link is used up once the file begins to flow; where
// Microsoft refuses it before that, the link still holds. No API key is asked for: the link is one.
func (h *Handler) serveTransfer(w http.ResponseWriter, r *http.Request) {
	if !h.door.allowsNames(w, r) {
		return
	}
	text := r.PathValue("ticket")
	if r.Method == http.MethodHead { // a look at it, by a person's browser or a chat's preview, does not use it up
		k := h.transfers.find(text)
		if k == nil || k.offer == nil {
			refuseTicket(w)
			return
		}
		describeOffer(w.Header(), k.offer)
		return
	}
	k := h.transfers.take(text)
	if k == nil {
		refuseTicket(w)
		return
	}
	if k.offer == nil {
		h.transfers.giveBack(k)
		refuseTicket(w)
		return
	}
	note(r.Context(), k.owner)
	if !h.admit(w, k.owner) {
		h.transfers.giveBack(k)
		return
	}
	defer h.moving.leave(k.owner)
	ctx, cancel := context.WithTimeout(r.Context(), transferTime)
	defer cancel()
	body, size, err := k.offer.Open(ctx)
	if err != nil {
		h.transfers.giveBack(k)
		h.config.Log.Warn("download refused", "profile", k.offer.Profile, "principal", k.owner.name, "status", tools.StatusOf(err))
		refuseTransfer(w, tools.StatusOf(err), err)
		return
	}
	defer body.Close()
	h.transfers.drop(k)
	describeOffer(w.Header(), k.offer)
	if size >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	}
	out := &departing{w: w, pace: newPace(http.NewResponseController(w).SetWriteDeadline)}
	sent, err := io.CopyBuffer(out, readerOnly{body}, make([]byte, paceBytes/4))
	if err != nil || size >= 0 && sent != size {
		h.config.Log.Warn("download broke off", "profile", k.offer.Profile, "principal", k.owner.name, "bytes", sent) // an error would name the file
		panic(http.ErrAbortHandler)                                                                                   // the client must not take what it has for the whole
	}
	out.pace.over()
	h.config.Log.Info("download", "profile", k.offer.Profile, "principal", k.owner.name, "bytes", sent)
}

// readerOnly hides everything but Read, so that the copy goes through our buffer and pace.
type readerOnly struct{ io.Reader }

// admit tells whether a principal may begin a transfer now, and answers where it may not. The caller leaves the
// place.
func (h *Handler) admit(w http.ResponseWriter, p principal) bool {
	if wait := h.door.wait(p); wait > 0 {
		refuseForNow(w, wait)
		return false
	}
	if !h.moving.take(p, len(h.config.Keys) < 2) {
		refuseForNow(w, time.Second)
		return false
	}
	return true
}

// describeOffer writes headers with which a browser stores the file, and never shows or runs it as a page of ours.
func describeOffer(header http.Header, o *tools.Offer) {
	kind := o.ContentType
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		kind = "application/octet-stream"
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", "attachment")
	if named := mime.FormatMediaType("attachment", map[string]string{"filename": o.Name}); named != "" {
		header.Set("Content-Disposition", named)
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("Accept-Ranges", "none")
}

func refuseTicket(w http.ResponseWriter) {
	writeError(w, http.StatusNotFound, "this link was used, is older than "+minutes(ticketLife)+", or never was: have the tool called again for a new one")
}

// refuseTransfer answers with an error and, where it has one, what to do next.
func refuseTransfer(w http.ResponseWriter, status int, err error) {
	answer := map[string]string{"error": err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		answer["hint"] = hinted.Hint()
	}
	writeJSON(w, status, answer)
}

// shownPath is a path as it may be logged: without the ticket in it.
func shownPath(path string) string {
	const before = "/transfer/"
	for i := range len(path) - len(before) + 1 { // not in a lower-case copy, in which letters may be longer
		if end := i + len(before); strings.EqualFold(path[i:end], before) {
			return path[:end] + "…"
		}
	}
	return path
}
