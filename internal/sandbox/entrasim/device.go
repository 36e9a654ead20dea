package entrasim

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

const (
	devicePath     = "/device"
	deviceLifetime = 15 * time.Minute
	deviceInterval = 5 * time.Second
	maxDevices     = 1000
	userCodeLength = 9
	// userCodeLetters leaves out what people confuse, and vowels, which make words.
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ23456789"
)

// devices are sign-ins that go on in a browser elsewhere (RFC 8628).
type devices struct {
	byCode     map[string]*device // by device code
	byUserCode map[string]*device
	interval   time.Duration
	lifetime   time.Duration
}

func newDevices() devices {
	return devices{byCode: map[string]*device{}, byUserCode: map[string]*device{}, interval: deviceInterval, lifetime: deviceLifetime}
}

// device is one of them.
type device struct {
	request  *signInRequest
	until    time.Time
	interval time.Duration // grows with each request that comes too early
	polled   time.Time     // the last one
	outcome  deviceOutcome
	signIn   signIn // once approved
}

type deviceOutcome int

const (
	pending deviceOutcome = iota
	approved
	declined
	redeemed
)

// deviceAnswer is that of the device authorization endpoint (RFC 8628, section 3.2); there is no
// verification_uri_complete at Entra.
type deviceAnswer struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	ExpiresIn       int64  `json:"expires_in"`
	Interval        int64  `json:"interval"`
	Message         string `json:"message"`
}

// SetDeviceInterval sets how long devices have to wait between two requests, from the next device code on. What is
// less than a second reads 0 in the answer. A negative one means Entra's five seconds.
func (e *Entra) SetDeviceInterval(d time.Duration) {
	if d < 0 {
		d = deviceInterval
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.devices.interval = d
}

// SetDeviceCodeLifetime sets how long the next device codes are good; 0 means a quarter of an hour.
func (e *Entra) SetDeviceCodeLifetime(d time.Duration) {
	if d <= 0 {
		d = deviceLifetime
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.devices.lifetime = d
}

// serveDeviceCode starts a sign-in elsewhere.
func (e *Entra) serveDeviceCode(w http.ResponseWriter, r *http.Request) {
	answer, why := e.newDevice(w, r)
	if why != nil {
		e.writeRefusal(w, r, why)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (e *Entra) newDevice(w http.ResponseWriter, r *http.Request) (deviceAnswer, *refusal) {
	form, why := readTokenRequest(w, r)
	if why != nil {
		return deviceAnswer{}, why
	}
	for _, name := range []string{"client_id", "scope"} {
		if strings.TrimSpace(form.form.Get(name)) == "" {
			return deviceAnswer{}, lacking(name)
		}
	}
	q := &signInRequest{tenant: form.tenant, host: form.host, scope: form.form.Get("scope"), device: newUserCode()}
	if q.authority, why = e.authority(q.tenant); why != nil {
		return deviceAnswer{}, why
	}
	if q.app, why = e.app(form.clientID, q.tenant); why != nil {
		return deviceAnswer{}, why
	}
	if why = checkAccounts(q.app, q.authority); why != nil {
		return deviceAnswer{}, why
	}
	if q.asked, why = e.scopes(q.scope, q.host); why != nil {
		return deviceAnswer{}, why
	}
	if q.claims, why = readClaims(form.form.Get("claims")); why != nil {
		return deviceAnswer{}, why
	}
	return e.addDevice(q), nil
}

func (e *Entra) addDevice(q *signInRequest) deviceAnswer {
	code := e.secrets.add(e.sealer.sealText("device", q.device, 190))
	now := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.devices.byCode) >= maxDevices {
		clear(e.devices.byCode)
		clear(e.devices.byUserCode)
	}
	d := &device{request: q, until: now.Add(e.devices.lifetime), interval: e.devices.interval, polled: now}
	e.devices.byCode[code], e.devices.byUserCode[q.device] = d, d
	uri := "https://" + q.host + devicePath
	return deviceAnswer{
		UserCode: q.device, DeviceCode: code, VerificationURI: uri,
		ExpiresIn: int64(e.devices.lifetime / time.Second), Interval: int64(d.interval / time.Second),
		Message: "To sign in, use a web browser to open the page " + uri + " and enter the code " + q.device + " to authenticate.",
	}
}

func newUserCode() string {
	var b [userCodeLength]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = userCodeLetters[int(b[i])%len(userCodeLetters)]
	}
	return string(b[:])
}

// grantDevice answers a device that asks whether the sign-in is over (RFC 8628, section 3.4).
func (e *Entra) grantDevice(q tokenRequest) (tokenAnswer, *refusal) {
	app, why := e.client(q)
	if why != nil {
		return tokenAnswer{}, why
	}
	d, why := e.poll(q, app)
	if why != nil {
		return tokenAnswer{}, why
	}
	return e.answerPerson(q, personGrant{app: app, signIn: d.signIn, scope: d.request.scope, claims: q.claims.or(d.request.claims)})
}

// poll returns a device whose sign-in is over, once.
func (e *Entra) poll(q tokenRequest, app App) (device, *refusal) {
	code := q.form.Get("device_code")
	if code == "" {
		return device{}, lacking("device_code")
	}
	authority, _ := e.authority(q.tenant) // checked before
	now := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.devices.byCode[code]
	switch {
	case d == nil || d.request.app.ID != app.ID || d.request.authority != authority:
		return device{}, refuse(badVerificationCode, 70000, "The provided value for the parameter 'device_code' is not valid.")
	case d.outcome == redeemed:
		return device{}, refuse(badVerificationCode, 70000, "The device code was redeemed already.")
	case !now.Before(d.until):
		return device{}, refuse(expiredToken, 70020, "The provided value for the parameter 'device_code' is not valid. This device code has expired.")
	case d.outcome == declined:
		return device{}, refuse(authorizationDeclined, 70017, "OAuth 2.0 device flow error. The person has declined the authorization.")
	case d.outcome == approved:
		d.outcome = redeemed
		return *d, nil
	}
	early := now.Sub(d.polled) < d.interval
	d.polled = now
	if early {
		d.interval += deviceInterval
		return device{}, refuse(slowDown, 70016, "OAuth 2.0 device flow error. Requests come too often. Wait five seconds more between two.")
	}
	return device{}, refuse(authorizationPending, 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
}
