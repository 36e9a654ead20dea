package company

import "strings"

// office is a place of work, with the names that are common there. A name with a space is written with an
// underscore; one that is not in Latin letters is followed by "=" and its transcription.
type office struct {
	code, city, state, country string
	usage, language, timeZone  string // ISO 3166 code, BCP 47 tag, Windows time zone
	street, postalCode         string
	phone, mobile              string // prefixes in E.164 with blanks
	given, family              []string
	familyFirst                bool
	inUTC                      int // offset of standard time in hours
}

// offices returns a fresh copy, so that nothing is shared or mutable.
func offices() []office {
	return []office{{
		code: "KIE", city: "Kiel", state: "Schleswig-Holstein", country: "Germany", usage: "DE", language: "de-DE", timeZone: "W. Europe Standard Time",
		street: "Förderufer 12", postalCode: "24103", phone: "+49 431 5550", mobile: "+49 151 555", inUTC: 1,
		given:  strings.Fields("Jürgen Anke Björn Heike Jörn Käthe Lars Mareike Nils Ömer Petra Rüdiger Sönke Ulrike Volker Wiebke Yasemin Maximilian Hannah Emre Friederike Anna-Lena"),
		family: strings.Fields("Groß Müller Schäfer Kröger Jürgensen Petersen von_der_Heide Özdemir Hansen Weiß Lüders Böttcher Clausen Meyer-Lindemann Thomsen Kühl Asmussen Brügge"),
	}, {
		code: "LYS", city: "Lyon", state: "Auvergne-Rhône-Alpes", country: "France", usage: "FR", language: "fr-FR", timeZone: "Romance Standard Time",
		street: "7 quai de la Mouche", postalCode: "69007", phone: "+33 4 55 50 1", mobile: "+33 6 55 50 ", inUTC: 1,
		given:  strings.Fields("Anaïs Benoît Chloé Élodie François Gaëlle Hélène Jérôme Jean-Luc Léa Mathéo Noémie Océane Rémi Solène Thaïs Zoé Yannick Amélie"),
		family: strings.Fields("Lefèvre Béranger d'Aubigné Dûbois Gauthier L'Hénoret Morel Nguyễn Pélissier Rousseau-Blanc Sénéchal Traoré Vasseur Chênevert Boulanger"),
	}, {
		code: "GDY", city: "Gdynia", state: "Pomorskie", country: "Poland", usage: "PL", language: "pl-PL", timeZone: "Central European Standard Time",
		street: "ul. Żeglarska 31", postalCode: "81-345", phone: "+48 58 555 0", mobile: "+48 505 55", inUTC: 1,
		given:  strings.Fields("Agnieszka Bartłomiej Czesław Dorota Elżbieta Grażyna Jakub Łukasz Małgorzata Paweł Róża Stanisław Wojciech Zuzanna Michał Kinga"),
		family: strings.Fields("Zieliński Wójcik Kamiński Błaszczyk Dąbrowska Grzegorczyk Jędrzejczyk Łukasik Nowak Ostrowska Pawłowska-Król Sikora Świątek Żak"),
	}, {
		code: "ORK", city: "Cork", state: "Munster", country: "Ireland", usage: "IE", language: "en-IE", timeZone: "GMT Standard Time",
		street: "3 Customs Quay", postalCode: "T12 X55M", phone: "+353 21 555 0", mobile: "+353 85 555 ", inUTC: 0,
		given:  strings.Fields("Aoife Ciarán Deirdre Eoghan Fionnuala Gráinne Mairéad Niamh Oisín Róisín Siobhán Tadhg Conor Caoimhe"),
		family: strings.Fields("O'Shea O'Sullivan Ó_Briain McCarthy Murphy Ní_Chonaill Fitzgerald Walsh Mac_Giolla Keane O'Connor Daly"),
	}, {
		code: "PVD", city: "Providence", state: "Rhode Island", country: "United States", usage: "US", language: "en-US", timeZone: "Eastern Standard Time",
		street: "480 Harbor Point Road", postalCode: "02903", phone: "+1 401 555 0", mobile: "+1 401 555 1", inUTC: -5,
		given:  strings.Fields("Aaliyah Brandon Carlos Dakota Emily Frank Grace Hudson Isabella Jamal Kayla Logan María_José Nathaniel Olivia Priscilla Quentin Thị_Hương William Xiomara"),
		family: strings.Fields("Anderson Brown Castañeda D'Angelo Evans Feng Garcia_Lopez Hernández Jackson Kowalski Lee Nguyễn O'Neill Patel St._Clair Washington Núñez Smith"),
	}, {
		code: "KIX", city: "Osaka", state: "Osaka-fu", country: "Japan", usage: "JP", language: "ja-JP", timeZone: "Tokyo Standard Time",
		street: "港区築港2-1-55", postalCode: "552-0021", phone: "+81 6 5550 ", mobile: "+81 90 5555 ", inUTC: 9, familyFirst: true,
		given:  strings.Fields("大輔=Daisuke 美咲=Misaki 健太=Kenta さくら=Sakura 翔太=Shota 陽子=Yoko 直樹=Naoki 恵=Megumi 修=Osamu 結衣=Yui"),
		family: strings.Fields("渡辺=Watanabe 佐藤=Sato 髙橋=Takahashi 田中=Tanaka 伊藤=Ito 山本=Yamamoto 中村=Nakamura 小林=Kobayashi 大野=Ono"),
	}, {
		code: "TAO", city: "Qingdao", state: "Shandong", country: "China", usage: "CN", language: "zh-CN", timeZone: "China Standard Time",
		street: "市南区海港路55号", postalCode: "266001", phone: "+86 532 5555 ", mobile: "+86 155 5555 ", inUTC: 8, familyFirst: true,
		given:  strings.Fields("晓雨=Xiaoyu 伟=Wei 芳=Fang 建国=Jianguo 丽娜=Lina 浩然=Haoran 雪=Xue 明=Ming 思远=Siyuan"),
		family: strings.Fields("李=Li 王=Wang 张=Zhang 刘=Liu 陈=Chen 吕=Lyu 欧阳=Ouyang 赵=Zhao"),
	}, {
		code: "REC", city: "Recife", state: "Pernambuco", country: "Brazil", usage: "BR", language: "pt-BR", timeZone: "SA Eastern Standard Time",
		street: "Rua do Farol, 255", postalCode: "50030-150", phone: "+55 81 5555-0", mobile: "+55 81 95555-0", inUTC: -3,
		given:  strings.Fields("Ana_Luiza Antônio Conceição Davi Estêvão Flávia Gonçalo Heloísa João_Pedro Lívia Márcio Natália Thaís"),
		family: strings.Fields("de_Albuquerque Araújo dos_Santos Conceição Falcão Guimarães Lins_e_Silva Magalhães Simões Vasconcelos Souza"),
	}, {
		code: "BLR", city: "Bengaluru", state: "Karnataka", country: "India", usage: "IN", language: "en-IN", timeZone: "India Standard Time",
		street: "55 Lakeview Tech Park", postalCode: "560103", phone: "+91 80 5550 ", mobile: "+91 98450 5", inUTC: 5,
		given:  strings.Fields("Aarav Bhavana Chandrasekhar Deepika Farhan Gayatri Harish Ishaan Kavya Lakshmi Meera Nikhil Padmanabhan Rohit Sunita Vikram"),
		family: strings.Fields("Venkataraman Iyer Deshpande Rao Krishnamurthy Sharma Banerjee Khan Mukherjee Subramaniam Nair Reddy"),
	}, {
		code: "ADB", city: "İzmir", state: "İzmir", country: "Türkiye", usage: "TR", language: "tr-TR", timeZone: "Turkey Standard Time",
		street: "Liman Caddesi 55", postalCode: "35230", phone: "+90 232 555 0", mobile: "+90 505 555 ", inUTC: 3,
		given:  strings.Fields("Şebnem Çağrı Gülşen İbrahim Işıl Oğuz Özge Ümit Yağmur Barış Elif"),
		family: strings.Fields("Çelik Yıldırım Şahin Öztürk Güneş Koçoğlu Işık Aydın Uçar"),
	}}
}

// transcription holds the letters that an address spells differently.
const transcription = "ä=ae ö=oe ü=ue ß=ss å=aa ø=oe æ=ae á=a à=a â=a ã=a ą=a ç=c ć=c č=c é=e è=e ê=e ë=e ę=e ễ=e " +
	"í=i î=i ï=i ı=i ğ=g ł=l ñ=n ń=n ó=o ô=o õ=o ơ=o ś=s ş=s ș=s ú=u ù=u û=u ư=u ź=z ż=z ị=i ý=y ÿ=y"

// transcriber turns a lower-case name into the characters of a mail address: Latin letters and hyphens.
func transcriber() *strings.Replacer {
	pairs := []string{" ", "", "'", "", "’", "", ".", "", "i̇", "i"} // the last: what lower case makes of the Turkish İ
	for pair := range strings.FieldsSeq(transcription) {
		from, to, _ := strings.Cut(pair, "=")
		pairs = append(pairs, from, to)
	}
	return strings.NewReplacer(pairs...)
}
