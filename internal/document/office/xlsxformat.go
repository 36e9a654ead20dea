package office

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// cellFormat is what a number format makes of a number: a date, a time, a share, an amount of a currency. How many
// digits it shows does not matter here: the number is given as it is.
type cellFormat struct {
	date, time, millis bool
	elapsed            bool // hours beyond 24
	percent            bool
	currency           string
	struck             bool
}

// cellFormats returns the formats by the index that cells have.
func cellFormats(styles *node) []cellFormat {
	codes := map[string]string{}
	if own := styles.child("numFmts"); own != nil {
		for _, n := range own.kids {
			if n.name == "numFmt" {
				codes[n.attr("numFmtId")] = n.attr("formatCode")
			}
		}
	}
	known, struck := map[string]cellFormat{}, struckFonts(styles.child("fonts"))
	var formats []cellFormat
	xfs := styles.child("cellXfs")
	if xfs == nil {
		return nil
	}
	for _, n := range xfs.kids {
		if n.name != "xf" {
			continue
		}
		id := n.attr("numFmtId")
		f, ok := known[id]
		if !ok {
			code, own := codes[id]
			if f = builtIn(id); own {
				f = parseFormat(code)
			}
			known[id] = f
		}
		font, err := strconv.Atoi(n.attr("fontId"))
		f.struck = err == nil && font >= 0 && font < len(struck) && struck[font]
		formats = append(formats, f)
	}
	return formats
}

// struckFonts says of each font whether it strikes out.
func struckFonts(fonts *node) []bool {
	var struck []bool
	if fonts == nil {
		return nil
	}
	for _, n := range fonts.kids {
		if n.name == "font" {
			struck = append(struck, n.on("strike"))
		}
	}
	return struck
}

// builtIn returns the formats that files do not spell out (section 18.8.30), those of East Asia included.
func builtIn(id string) cellFormat {
	n, err := strconv.Atoi(id)
	if err != nil {
		return cellFormat{}
	}
	switch {
	case n == 9 || n == 10:
		return cellFormat{percent: true}
	case n >= 14 && n <= 17 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58:
		return cellFormat{date: true}
	case n >= 18 && n <= 21 || n >= 32 && n <= 35 || n == 45 || n == 55 || n == 56:
		return cellFormat{time: true}
	case n == 22:
		return cellFormat{date: true, time: true}
	case n == 46:
		return cellFormat{elapsed: true}
	case n == 47:
		return cellFormat{time: true, millis: true}
	}
	return cellFormat{}
}

// parseFormat reads a format code's first section, which is that of positive numbers.
func parseFormat(code string) cellFormat {
	var f cellFormat
	letters := strings.ToLower(f.signs(code))
	if strings.Contains(letters, "general") {
		return cellFormat{currency: f.currency}
	}
	letters = strings.NewReplacer("am/pm", "h", "a/p", "h", "e+", "", "e-", "").Replace(letters)
	f.date = strings.ContainsAny(letters, "ydbge") || strings.Contains(letters, "aaa")
	f.time = strings.ContainsAny(letters, "hs")
	f.date = f.date || strings.Contains(letters, "m") && !f.time && !f.elapsed
	if f.date || f.time || f.elapsed {
		f.millis = f.time && strings.Contains(letters, "s.0")
		f.percent, f.currency = false, ""
	}
	return f
}

// signs takes what is quoted, escaped or in brackets out of the code, and returns what is left.
func (f *cellFormat) signs(code string) string {
	var left strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			f.money(left.String())
			return left.String()
		case '\\', '_', '*':
			i++
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 1
			}
			f.money(code[i+1 : i+1+end])
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return left.String()
			}
			f.bracket(strings.ToLower(code[i+1:i+end]), code[i+1:i+end])
			i += end
		case '%':
			f.percent = true
		default:
			left.WriteByte(c)
		}
	}
	f.money(left.String())
	return left.String()
}

// bracket reads [h], [$€-407], [Red].
func (f *cellFormat) bracket(lower, code string) {
	if lower != "" && (strings.Trim(lower, "h") == "" || strings.Trim(lower, "m") == "" || strings.Trim(lower, "s") == "") {
		f.elapsed = true
	}
	if sign, ok := strings.CutPrefix(code, "$"); ok {
		sign, _, _ = strings.Cut(sign, "-")
		if sign = strings.TrimSpace(sign); sign != "" && len(sign) <= 8 {
			f.currency = sign
		}
	}
}

func (f *cellFormat) money(text string) {
	for _, sign := range []string{"€", "£", "¥", "$", "CHF", "USD", "EUR", "GBP", "zł", "₹", "₽"} {
		if f.currency == "" && strings.Contains(text, sign) {
			f.currency = sign
		}
	}
}

// show writes a stored number.
func (f cellFormat) show(v string, epoch1904 bool) string {
	switch {
	case f.date || f.time || f.elapsed:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			if s, ok := f.moment(n, epoch1904); ok {
				return s
			}
		}
	case f.percent:
		return hundredfold(shortNumber(v))
	case f.currency != "" && v != "":
		return shortNumber(v) + " " + f.currency
	}
	return shortNumber(v)
}

// moment writes a date or time in ISO 8601's way. The 29th of February 1900 is a day in Excel alone.
func (f cellFormat) moment(n float64, epoch1904 bool) (string, bool) {
	if math.IsNaN(n) || n < 0 && !f.elapsed || math.Abs(n) > 2_958_466 {
		return "", false
	}
	unit := 86_400.0
	if f.millis {
		unit = 86_400_000
	}
	units := int64(math.Round(math.Abs(n) * unit))
	days, clock := units/int64(unit), time.Duration(units%int64(unit))*(24*time.Hour/time.Duration(unit))
	if f.elapsed {
		sign := ""
		if n < 0 {
			sign = "-"
		}
		hours := days*24 + int64(clock/time.Hour)
		return fmt.Sprintf("%s%d:%02d:%02d", sign, hours, clock/time.Minute%60, clock/time.Second%60), true
	}
	day := ""
	switch {
	case f.date && days == 0 && clock == 0 && !epoch1904:
		return "", false // no day at all
	case epoch1904:
		day = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(time.DateOnly)
	case days == 60:
		day = "1900-02-29"
	case days > 60:
		day = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(time.DateOnly)
	default:
		day = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(time.DateOnly)
	}
	return f.join(day, days, clock), true
}

func (f cellFormat) join(day string, days int64, clock time.Duration) string {
	layout := "15:04"
	if clock%time.Minute != 0 {
		layout = "15:04:05"
	}
	if f.millis && clock%time.Second != 0 {
		layout = "15:04:05.000"
	}
	hour := time.Time{}.Add(clock).Format(layout)
	switch {
	case days == 0 && (clock != 0 || !f.date):
		return hour
	case f.time || clock != 0:
		return day + " " + hour
	}
	return day
}

// shortNumber undoes what binary fractions do to decimal ones: Excel stores 0.1 as 0.10000000000000001. Every other
// number stays as it is written, above all integers of any length.
func shortNumber(v string) string {
	if len(v) < 17 || !strings.ContainsAny(v, ".eE") {
		return v
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(n, 0) {
		return v
	}
	exact := strconv.FormatFloat(n, 'e', -1, 64)
	mantissa, _, _ := strings.Cut(exact, "e")
	if len(strings.NewReplacer(".", "", "-", "").Replace(mantissa)) > 15 {
		return v
	}
	if size := math.Abs(n); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(n, 'E', -1, 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// hundredfold moves the decimal point: multiplying would bring the binary digits back.
func hundredfold(v string) string {
	digits := strings.TrimPrefix(v, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if digits == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return strconv.FormatFloat(n*100, 'g', 15, 64) + "%"
		}
		return v
	}
	fraction += "00"
	whole = strings.TrimLeft(whole+fraction[:2], "0")
	fraction = strings.TrimRight(fraction[2:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if strings.HasPrefix(v, "-") {
		whole = "-" + whole
	}
	return whole + "%"
}
