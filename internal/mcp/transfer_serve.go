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

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

const transferTime = time.Hour // bounds one transfer

// serveTransfer streams a file to whoever holds its link. The link is used up once the file begins to flow; where
// Microsoft refuses it before that, the link still holds. No API key is asked for: the link is one.
func (g *generation) serveTransfer(w http.ResponseWriter, r *http.Request) {
	if !g.door.AllowsNames(w, r) {
		return
	}
	text := r.PathValue("ticket")
	if r.Method == http.MethodHead { // a look at it, by a person's browser or a chat's preview, does not use it up
		k, err := g.transfers.find(r.Context(), text)
		if err == nil && k.Offer == nil {
			err = errNoTicket
		}
		if err == nil {
			_, err = g.actor(r.Context(), k)
		}
		if err != nil {
			g.refuseClaim(w, r, err, func() { refuseTicket(w) })
			return
		}
		describeOffer(w.Header(), k.Offer)
		return
	}
	if !strings.HasPrefix(text, downloadTicket) { // one for an upload stays where it is
		refuseTicket(w)
		return
	}
	k, err := g.transfers.take(r.Context(), text)
	if err != nil {
		g.refuseClaim(w, r, err, func() { refuseTicket(w) })
		return
	}
	if k.Offer == nil {
		g.transfers.giveBack(r.Context(), k)
		refuseTicket(w)
		return
	}
	g.sendOffer(w, r, k)
}

// sendOffer streams the file of a ticket that was taken.
func (g *generation) sendOffer(w http.ResponseWriter, r *http.Request, k *claim) {
	owner := door.Principal{Name: k.Owner}
	if !g.door.BeginTransfer(w, r, owner) {
		g.transfers.giveBack(r.Context(), k)
		return
	}
	defer g.door.EndTransfer(owner)
	ctx, cancel := context.WithTimeout(r.Context(), transferTime)
	defer cancel()
	body, size, err := g.openOffer(ctx, k)
	if err != nil {
		g.transfers.giveBack(ctx, k)
		status := g.refuseClaim(w, r, err, func() { refuseTicket(w) })
		g.config.Log.WarnContext(ctx, "download refused", "profile", k.Offer.Profile, "principal", k.Owner, "status", status)
		return
	}
	defer body.Close()
	g.transfers.drop(k)
	describeOffer(w.Header(), k.Offer)
	if size >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	}
	out := &departing{w: w, pace: newPace(http.NewResponseController(w).SetWriteDeadline)}
	sent, err := io.CopyBuffer(out, readerOnly{body}, make([]byte, paceBytes/4))
	if err != nil || size >= 0 && sent != size {
		g.config.Log.WarnContext(ctx, "download broke off", "profile", k.Offer.Profile, "principal", k.Owner, "bytes", sent) // an error would name the file
		panic(http.ErrAbortHandler)                                                                                          // the client must not take what it has for the whole
	}
	out.pace.over()
	g.config.Log.InfoContext(ctx, "download", "profile", k.Offer.Profile, "principal", k.Owner, "bytes", sent)
}

// openOffer opens the file as whoever the ticket was made for.
func (g *generation) openOffer(ctx context.Context, k *claim) (io.ReadCloser, int64, error) {
	p, err := g.actor(ctx, k)
	if err != nil {
		return nil, 0, err
	}
	return k.Offer.Open(ctx, p, p.Guarded(k.asker(ctx)))
}

// readerOnly hides everything but Read, so that the copy goes through our buffer and pace.
type readerOnly struct{ io.Reader }

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
	door.WriteError(w, http.StatusNotFound, "this link was used, is older than "+minutes(ticketLife)+", or never was: have the tool called again for a new one")
}

// refuseTransfer answers with an error and, where it has them, what to do next and when.
func refuseTransfer(ctx context.Context, w http.ResponseWriter, status int, err error) {
	err = tools.Withhold(err, "", door.RequestID(ctx)) // a link is anybody's who has it
	var busy interface{ AskedToWait() time.Duration }
	if errors.As(err, &busy) && busy.AskedToWait() > 0 {
		door.RetryAfter(w, busy.AskedToWait())
	}
	answer := map[string]string{"error": err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		answer["hint"] = hinted.Hint()
	}
	door.WriteJSON(w, status, answer)
}
