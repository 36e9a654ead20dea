package catalog

// tuning has the figures of the ranking. They are those that did best on testdata/eval/tune.tsv.
type tuning struct {
	// How much a word counts where it stands, and how much the length of that field takes away again: BM25F, as Robertson
	// and Zaragoza describe it in The Probabilistic Relevance Framework (2009).
	fields     [fieldCount]field
	saturation float32 // k1: how soon a word that is repeated stops to count

	// A request and an operation.
	whole       float32 // the share of the score that its words anywhere in the operation make up; the rest: in one phrase
	length      float32 // how much the length of a phrase takes away: 1 is the cosine
	meansSame   float32 // what a synonym counts, where the word itself counts 1
	verbWorth   float32 // what a verb's rarity counts: that something is to be deleted says less than what
	plainWorth  float32 // likewise of a word that the lexicon does not know
	plainMost   float32 // the most that such a word counts: that a name is rare says nothing
	power       float32 // by which rarity is raised: below 1, rare words count less more than common ones
	sharp       float32 // the power of how near a phrase comes: above 1, the same words count more than kindred ones
	exact       float32 // what a phrase counts more that says nothing but the same
	second      float32 // what the second nearest phrase of an operation counts
	verbFits    float32
	verbSaid    float32 // its method is another, but its phrases have the verb
	verbDiffers float32
	verbFirm    float32 // it differs, and the verb begins or ends the request
	topic       float32 // what the best of those that are about the same counts
	deep        float32 // what each segment of a path takes away
	readsByRule float32 // where a request does not say what to do, it wants to see
	notAsked    float32 // how much of what a verb does to a score one does that stands where nothing is asked
	unasked     float32 // what deletes where nobody asks for that
	container   float32 // what deletes the thing that something is to be taken out of
}

type field struct{ weight, norm float32 }

const (
	fieldAsk = iota
	fieldDoes
	fieldPath
	fieldQuery
	fieldNote
	fieldArea
	fieldLast
	fieldCount
)

func tuned() tuning {
	return tuning{
		fields: [fieldCount]field{
			fieldAsk:   {weight: 2, norm: 0.26},
			fieldDoes:  {weight: 1.5, norm: 0.3},
			fieldPath:  {weight: 0.9, norm: 0.4},
			fieldQuery: {weight: 0.75, norm: 0.5},
			fieldNote:  {weight: 0.4, norm: 0.5},
			fieldArea:  {weight: 0.3, norm: 0},
			fieldLast:  {weight: 0.9, norm: 0.4},
		},
		saturation:  1.6,
		whole:       0.68,
		length:      1.3,
		meansSame:   0.76,
		verbWorth:   0.95,
		plainWorth:  0.6,
		plainMost:   3,
		power:       0.66,
		sharp:       1.3,
		exact:       0.2,
		second:      0.1,
		verbFits:    1.04,
		verbSaid:    1.02,
		verbDiffers: 0.95,
		verbFirm:    0.85,
		topic:       0.23,
		deep:        0.007,
		readsByRule: 1.03,
		notAsked:    0.52,
		unasked:     0.86,
		container:   0.8,
	}
}
