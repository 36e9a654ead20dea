package company

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"path"
)

const pictureWidth, pictureHeight = 240, 160

// picture draws a sea under a sky, with a buoy whose place depends on the name.
func picture(name string) []byte {
	var out bytes.Buffer
	var err error
	switch path.Ext(name) {
	case ".svg":
		return []byte(mooringSVG)
	case ".png":
		err = png.Encode(&out, chart(name))
	default:
		err = jpeg.Encode(&out, seascape(name), &jpeg.Options{Quality: 82})
	}
	if err != nil {
		panic(err) // writing to memory
	}
	return out.Bytes()
}

func seascape(name string) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	buoy := 40 + dice(name).IntN(pictureWidth-80)
	for y := range pictureHeight {
		for x := range pictureWidth {
			c := color.RGBA{uint8(150 - y/2), uint8(190 - y/3), uint8(220 - y/5), 255}
			if y > pictureHeight/2+(x*7%11)/4 {
				c = color.RGBA{uint8(10 + (x*y)%13), uint8(70 + y/4), uint8(95 + (x+y)%17), 255}
			}
			if dx, dy := x-buoy, y-pictureHeight/2; dx*dx+dy*dy < 180 {
				c = color.RGBA{228, 164, 20, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// chart is a line on a grid, in a palette.
func chart(name string) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, pictureWidth, pictureHeight), color.Palette{color.White, color.Gray{220}, color.RGBA{11, 60, 93, 255}})
	throw, level := dice(name), pictureHeight/2
	for x := range pictureWidth {
		for y := 0; y < pictureHeight; y += 20 {
			img.SetColorIndex(x, y, 1)
		}
		level = min(max(level+throw.IntN(7)-3, 4), pictureHeight-5)
		for thick := range 3 {
			img.SetColorIndex(x, level+thick, 2)
		}
	}
	return img
}

const mooringSVG = `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 300" role="img" aria-label="Mooring of a Petrel">
  <title>Mooring of a Petrel</title>
  <rect width="200" height="300" fill="#eaf2f6"/>
  <path d="M0 60 Q50 50 100 60 T200 60 V300 H0 Z" fill="#328cc1" opacity=".5"/>
  <circle cx="100" cy="56" r="16" fill="#d9b310"/>
  <path d="M100 72 C120 140 80 200 100 270" fill="none" stroke="#06222f" stroke-width="2"/>
  <rect x="85" y="268" width="30" height="14" fill="#06222f"/>
  <text x="124" y="150" font-size="11">elastic section, 110 m</text>
  <text x="124" y="280" font-size="11">500 kg</text>
</svg>
`
