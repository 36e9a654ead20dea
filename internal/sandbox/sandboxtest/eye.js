() => {
	const troubles = [];
	const say = (what, e) => troubles.push(e ? what + ": " + e.outerHTML.slice(0, 120) : what);
	const all = s => [...document.querySelectorAll(s)];
	const nameOf = e => (e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "").split(" ").map(id => document.getElementById(id)?.textContent || "").join(" ") || e.textContent || "").trim();

	// What a page needs.
	if (!document.documentElement.lang) say("no language is named");
	if (!document.title.trim()) say("the page has no title");
	if (all("h1").length !== 1) say("there are " + all("h1").length + " first headings");
	if (all("main").length !== 1) say("there are " + all("main").length + " main landmarks");
	if (document.querySelector("meta[name=viewport]")?.content.match(/user-scalable|maximum-scale/)) say("the page cannot be enlarged");
	for (const e of document.body.children) {
		if (!e.matches("main, header, footer, nav, script, .skip, noscript")) say("outside of the landmarks", e);
	}
	let level = 0;
	for (const e of all("h1, h2, h3, h4, h5, h6")) {
		const now = Number(e.tagName[1]);
		if (now > level + 1) say("a heading is left out before", e);
		if (!nameOf(e)) say("an empty heading", e);
		level = now;
	}

	// What things are called.
	const ids = new Set();
	for (const e of all("[id]")) {
		if (ids.has(e.id)) say("the id stands twice", e);
		ids.add(e.id);
	}
	for (const attribute of ["aria-labelledby", "aria-describedby", "for"]) {
		for (const e of all("[" + attribute + "]")) {
			for (const id of e.getAttribute(attribute).split(" ")) if (!ids.has(id)) say("refers to nothing", e);
		}
	}
	for (const e of all("button, a[href], summary")) if (!nameOf(e)) say("it has no name", e);
	for (const e of all("input:not([type=hidden]), select, textarea")) if (!e.labels.length && !e.getAttribute("aria-label")) say("it has no label", e);
	for (const e of all("svg")) if (e.getAttribute("role") === "img" ? !nameOf(e) : !e.closest("[aria-hidden=true]")) say("a picture says nothing", e);
	for (const e of all("table")) if (!e.querySelector("th[scope]")) say("a table has no headings", e);
	for (const e of all("nav, section")) if (all(e.tagName).length > 1 && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby") && e.tagName === "NAV") say("a landmark has no name", e);
	for (const e of all("ul, ol")) for (const child of e.children) if (child.tagName !== "LI") say("no item of a list", child);
	for (const e of all("dl")) for (const child of e.children) if (!["DT", "DD", "DIV"].includes(child.tagName)) say("no part of a list", child);
	if (all("[style], [onclick], [onload]").length) say("style or script stands in an attribute");
	if (all("[tabindex]").some(e => e.tabIndex > 0)) say("the focus goes its own ways");

	// What can be seen: WCAG's contrast, 4.5 for text, 3 where it is large and for the edges of what is typed into.
	const colour = text => {
		const parts = text.match(/[\d.]+/g).map(Number);
		return text.startsWith("color(srgb") ? [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1] : [parts[0], parts[1], parts[2], parts[3] ?? 1];
	};
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
	const ground = e => {
		const stack = [];
		for (let at = e; at; at = at.parentElement) {
			stack.push(colour(getComputedStyle(at).backgroundColor));
			if (stack.at(-1)[3] === 1) break;
		}
		return stack.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
	};
	const light = c => {
		const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const contrast = (a, b) => {
		const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
		return (high + .05) / (low + .05);
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let texts = 0;
	for (let n = walker.nextNode(); n; n = walker.nextNode()) {
		const e = n.parentElement, style = getComputedStyle(e);
		if (!n.data.trim() || !e.checkVisibility() || e.matches("script, style, noscript, option, .unseen")) continue;
		texts++;
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
		if (size < 12) say("the text is tiny, " + size + " px", e);
		const ink = colour(e.namespaceURI.endsWith("svg") ? style.fill : style.color), below = ground(e);
		const ratio = contrast(over(ink, below), below);
		if (ratio < (large ? 3 : 4.5)) say("contrast " + ratio.toFixed(2), e);
	}
	if (!texts) say("the page shows no text");
	for (const e of all("input:not([type=hidden]), select, textarea, button.quiet, a.button.quiet")) {
		if (!e.checkVisibility()) continue;
		const ratio = contrast(colour(getComputedStyle(e).borderTopColor), ground(e.parentElement));
		if (ratio < 3) say("contrast of the edge " + ratio.toFixed(2), e);
	}
	for (const e of all(".chart rect, .mark svg")) {
		const drawn = getComputedStyle(e), ratio = contrast(colour(drawn.fill === "none" ? drawn.color : drawn.fill), ground(e.parentElement));
		if (ratio < 3) say("contrast of a drawing " + ratio.toFixed(2), e);
	}

	// What can be touched, fits, and keeps still.
	for (const e of all("button, a.button, nav a, summary, select, input:not([type=hidden])")) {
		const box = e.getBoundingClientRect();
		if (e.checkVisibility() && (box.width < 24 || box.height < 24)) say("hard to touch, " + box.width + " by " + box.height, e);
	}
	const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
	if (wide > 0) say("the page is " + wide + " px wider than the window");
	for (const e of all(".scroll, pre")) if (e.scrollWidth > e.clientWidth && e.tabIndex < 0 && !e.querySelector("a, button")) say("it cannot be scrolled by keys", e);
	if (document.getAnimations().some(a => a.playState === "running")) say("something moves for somebody who wants it still");
	return troubles;
}
