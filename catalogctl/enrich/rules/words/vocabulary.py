"""The words that names of tables and columns are made of: what is a known noun, a known qualifier, an abbreviation.

Only what stands here is spoken of as understood; a name with other words is shown, never interpreted.
"""

from catalogctl.enrich.rules.words.lists import word_set

NOUNS = word_set(
    """
    abstract access account action activity actor adapter address admin admission advert age agency agent agreement
    aircraft airline airport alarm album alert alias alignment allergy allowance altitude amount animal annotation
    answer apartment app applicant application appointment approach approval area arrival article artist aspect
    assessment asset assignment assistant athlete attachment attempt attendance attendee attribute auction audience
    audit author authority availability avatar award axis bag balance bank banner barcode batch bathroom battery bed
    bedroom beginning benefit bid bill billing biography birth birthday block blog blood board boat body bonus book
    booking boolean borrower boss box branch brand breed bucket budget bug building bus business buyer byte cabin
    calendar call caller calorie campaign cancellation candidate canteen capacity capital captain caption car card
    cardholder caregiver cargo carrier cart case cash cast caste catalogue category cause ceiling cell census centre
    certificate chain change channel chapter character charge chart chat check checkout chemical child choice church
    circuit citizen city claim class clerk click client clinic club cluster coach coat code cohort colleague
    collection college colour column comment commission commit committee community company competition complaint
    component composer concentration condition conference configuration connection consensus consent constituency
    consultation contact container content contest context contract contribution contributor conversion cookie copy
    cost count counter country county coupon course court coverage creation creator credit crew crime criterion crop
    currency curriculum customer cycle damage data database dataset date day deadline deal debut dealer death debit debt
    decision deduction default defect definition degree delay delivery department departure dependency deposit depth
    description destination detail developer device diagnosis diameter difference dimension diploma direction
    director disability discipline discount disease distance district division doctor document dog domain donation
    donor door dosage dose download draft driver drug duration duty earning east edition editor education effect
    elevation email employee employer employment encounter end endpoint energy engine engineer enrolment entity
    entry environment episode equipment error estimate ethnicity evaluation event examination example exception
    exchange exhibition expense experience expiry export exposure extension facility factor factory faculty failure
    family fare farm favourite fax feature fee feedback field fight figure file film filter finding firm fish flag
    fleet flight floor flow folder follower food force forecast forename form format formula forum founder fraction
    frame franchise freight frequency friend front fuel function fund gain gallery game garden gate gender
    generation genre goal good grade graduate grant graph ground group guard guest guide guideline gust hall handle
    hardware hash head header heading headline headquarters health height hierarchy highlight hire history hit hobby
    holder holiday home homepage horse hospital host hotel hour house household housing humidity husband icon idea
    identifier identity image impact import impression improvement incident income increment index indicator
    industry information ingredient inhabitant injury input inspection inspector installation instalment instance
    institute institution instruction instructor instrument insurance insurer interaction interest interface
    internship interval interview introduction inventory investment investor invitation invoice island issue item
    job journal journey kernel key keyword kind kitchen label laboratory land landlord language latency latitude
    launch law lawyer layer layout lead leader league learner lease leave lecture lecturer ledger legend length
    lesson letter level librarian library licence life lifetime like limit line link list listing load loan location
    log login logo longitude loss lot machine magazine mail maintenance maker manager manufacturer map margin mark
    market marriage mass master match material maximum meal mean meaning measure measurement media median medication
    medicine medium meeting member membership memory mention menu merchant message metadata meter method metric
    mileage milestone minimum minister minute mode model moderator module moment money month mother motor movement
    movie museum music name narrative nation nationality nature neighbourhood network news nickname night node noise
    north note notification number nurse nutrition object objective observation occupation occurrence offer office
    officer offset operation operator opinion opponent opportunity option order organisation organiser origin
    outcome outlet output overtime overview owner ownership pace package page pair pallet panel paper paragraph
    parameter parent park parking part participant participation partner party pass passage passenger passport
    password patent path patient pattern pause payee payer payment payroll peak penalty percentage percentile
    perception performance period permission person personnel petal phase phone photo photographer physician picture
    piece pilot pipeline pitch place plan plane plant plate platform play player playlist plot point policy poll
    population port portfolio position possession post postcode poster power precipitation preference prefix premium
    prescription presentation president pressure price principal principle print priority prize probability problem
    procedure process processor producer product production profession professor profile profit program programme
    progress project promotion proof property proportion proposal prospect protein protocol provider province
    publication publisher pupil purchase purpose quality quantity quarter query question queue quota quotation quote
    race rack radius rain raise range rank ranking rate rating ratio reaction reader reading reason rebate receipt
    receiver recipe recipient recommendation record redemption referee reference referral refund region registration
    regulation reimbursement relation relationship release reminder rent rental repair replacement reply report
    repository representative reputation request requirement research reservation residence resident resolution
    resource respondent response responsibility restaurant result resume retailer return revenue review reviewer
    revision reward rider right ring risk river road role room rotation round route router row rule run runner
    runtime salary sale salesperson salutation sample scale scan scene schedule scheme scholar scholarship school
    science scientist scope score scorer screen script season seat second section sector security segment seller
    seminar sender sensor sentence sentiment sepal sequence series server service session set setting settlement
    severity sex shape share shareholder shelf shift ship shipment shipper shipping shop side sign signal signature
    signup singer site situation size skill slot slug snapshot snow software solution song source south space
    speaker speciality species specification speed spend sponsor sport spot spread staff stage stake stamp standard
    star start state statement station statistic status stay step stock stop store story strategy street strength
    stress string strip structure student studio study style subject submission subregion subscriber subscription
    subtitle subtotal suburb success suffix suggestion suite sum summary supervisor supplier supply support surface
    surgery surname survey survival symbol symptom system table tag tail talk tank target task tax taxi teacher team
    technician technology telephone temperature template tenant tenure term terminal territory test text theatre
    theme therapy thickness thread threshold thumbnail ticket tier time timeline timestamp timezone tip title token
    tolerance tool topic total tour tournament town toy trace track trade trademark traffic trail train trainer
    training transaction transcript transfer transition translation transport travel treatment tree trend trial
    trigger trimester trip truck trunk trust turnover type unemployment unit university update upload usage use user
    username utilisation vacancy vaccine validity value variable variant variety vehicle velocity vendor venue
    verdict version vessel video view viewer village violation visibility visit visitor voice volume volunteer vote
    voter voucher voyage wage wallet ward warehouse warning warranty watch water wave way weather web webhook
    website week weekday weekend weight west width wife win wind window wing winner winter woman word work worker
    workflow workplace workshop worth writer year yield zip zone
    """
)
"""Nouns whose phrase can be said of something: the *price* of the product."""

QUALIFIERS = word_set(
    """
    absolute academic active actual additional administrative adult after air all allowed alternate alternative
    annual anonymous approved archived available average before best big billing blocked business busy by cancelled
    cast central cheap chief civil clean closed cold commercial common compact complete completed confirmed
    consecutive corporate correct created critical cumulative current daily dead deceased declared deleted delivered
    detailed diastolic digital direct disabled domestic double dry due early economic effective electronic eligible
    empty enabled end equal estimated excluding expected expired explicit extended external extra fact fair false
    fast featured federal female final financial first fiscal fixed flat following for foreign free fresh frozen
    full further general geographic given global good gross half hard hidden high highest historical hot hourly
    human identified immediate important inactive including incoming individual industrial initial inner inside
    installed internal international is joint junior key large largest last late latest least left legal light
    linked local locked long low lowest main major male manual married maximum mean median medical medium mental
    middle military minimum minor missing mobile modern modified monthly most multi municipal national native
    natural negative neighbouring net new next no nominal non normal not nuclear of off official old on online only
    open operational optional original other outer outgoing outside outstanding overall overdue own paid parallel
    partial past payable peak pending per permanent physical planned political popular positive possible postal
    potential preferred premium present previous primary principal prior private professional projected proposed
    public published quarterly raw real received recent recommended recorded recurring red reduced registered
    regular related relative relevant remaining remote replaced reported requested required reserved residential
    respiratory restricted retail retired returned right running safe sales scheduled second secondary secure
    selected self senior serial shared shipped shipping short sick signed significant simple single small social
    soft sold special specific spoken standard start starting static statistical strong sub subsequent suggested
    suspended systolic taxable technical temporary third tiny to top total true typical ultimate unique universal
    unpaid unused upper urban used usual valid variable verified virtual visible void weekly wholesale wide with
    without working yearly young
    """
)
"""Words that may stand before a noun without making it unknown: the *unit* price, the *first* name."""

ABBREVIATIONS = {
    "abbr": "abbreviation", "ccy": "currency",
    "accnt": "account", "acct": "account", "addr": "address", "amnt": "amount", "amt": "amount", "appr": "approved",
    "appt": "appointment", "asst": "assistant", "attr": "attribute", "avail": "available", "avg": "average",
    "bal": "balance", "bday": "birthday", "bldg": "building", "bnk": "bank", "brnd": "brand", "calc": "calculated",
    "categ": "category", "catg": "category", "cert": "certificate", "cfg": "configuration", "chk": "check",
    "clnt": "client", "cnt": "count", "cntct": "contact", "cntry": "country", "config": "configuration",
    "conn": "connection", "coord": "coordinate", "corp": "corporate", "cpny": "company", "crncy": "currency",
    "ctry": "country", "cust": "customer", "dept": "department", "desc": "description", "descr": "description",
    "dest": "destination", "dlv": "delivery", "dob": "birth date", "doc": "document", "docs": "documents",
    "dow": "weekday", "dt": "date", "dte": "date", "dttm": "timestamp", "dur": "duration",
    "eml": "email", "emp": "employee", "empl": "employee", "env": "environment", "evt": "event", "exch": "exchange",
    "flg": "flag", "fname": "first name", "freq": "frequency", "func": "function", "geo": "geographic",
    "govt": "government", "grp": "group", "hdr": "header", "hist": "history", "humid": "humidity", "img": "image",
    "incl": "including", "info": "information", "instr": "instruction", "instruct": "instruction", "lang": "language",
    "lat": "latitude", "lbl": "label", "len": "length", "lic": "licence", "lname": "last name", "lng": "longitude",
    "loc": "location", "lon": "longitude", "lvl": "level", "maint": "maintenance", "manuf": "manufacturer",
    "max": "maximum", "mbr": "member", "meas": "measurement", "mfgr": "manufacturer", "mfr": "manufacturer",
    "mgmt": "management", "mgr": "manager", "min": "minimum", "misc": "other", "mkt": "market", "mktg": "marketing",
    "mktsegment": "market segment", "mnth": "month", "mob": "mobile", "msg": "message", "msisdn": "phone number",
    "mtd": "month to date", "mth": "month", "nbr": "number", "nm": "name", "nr": "number", "num": "number",
    "obj": "object", "obs": "observation", "ord": "order", "org": "organisation", "orig": "original",
    "param": "parameter",
    "passwd": "password", "pct": "percentage", "perc": "percentage", "pic": "picture", "pkg": "package",
    "plyr": "player", "pmt": "payment", "prc": "price", "precip": "precipitation", "pref": "preference",
    "prev": "previous", "prio": "priority", "proc": "process", "prod": "product", "proj": "project",
    "pub": "publication",
    "purch": "purchase", "pwd": "password", "qnt": "quantity", "qnty": "quantity", "qtr": "quarter",
    "qty": "quantity", "rcpt": "receipt", "rcv": "received", "recd": "received", "ref": "reference", "rgn": "region",
    "sal": "salary", "sched": "scheduled", "seg": "segment", "seq": "sequence", "sess": "session",
    "spec": "specification", "src": "source", "std": "standard", "stmt": "statement", "sts": "status",
    "subcat": "subcategory", "subj": "subject", "supp": "supplier", "suppl": "supplier", "svc": "service",
    "sys": "system", "tel": "phone", "telno": "phone number", "terr": "territory", "tmp": "temporary", "tot": "total",
    "transac": "transaction", "trx": "transaction", "ts": "timestamp", "tstamp": "timestamp", "txn": "transaction",
    "txt": "text", "typ": "type", "tz": "time zone", "tzone": "time zone", "univ": "university", "upd": "updated",
    "usr": "user", "val": "value", "veh": "vehicle", "ver": "version", "visib": "visibility", "vol": "volume",
    "vrsn": "version", "wgt": "weight", "whse": "warehouse", "wk": "week", "wt": "weight", "xref": "reference",
    "yr": "year", "yrs": "years", "ytd": "year to date", "zipcode": "zip code",
}  # fmt: skip
"""What a short form stands for; several words where one is not enough."""

SPELLINGS = {
    "color": "colour", "center": "centre", "catalog": "catalogue", "license": "licence",
    "organization": "organisation", "favorite": "favourite", "favorites": "favourites",
    "neighborhood": "neighbourhood", "utilization": "utilisation", "enrollment": "enrolment",
    "enrollments": "enrolments", "theater": "theatre", "canceled": "cancelled", "organizer": "organiser",
    "organizations": "organisations", "labor": "labour", "honor": "honour", "installment": "instalment",
    "telephone": "phone", "cellphone": "mobile phone", "userid": "user id", "mobilephone": "mobile phone",
    "timezone": "time zone", "zipcode": "zip code", "firstname": "first name", "lastname": "last name",
    "givenname": "given name", "bio": "biography", "exam": "examination", "exams": "examinations",
    "achternaam": "last name", "apellido": "last name", "apellidos": "last name", "cognome": "last name",
    "nachname": "last name", "prenom": "first name", "sobrenome": "last name", "voornaam": "first name",
    "vorname": "first name", "geboortedatum": "birth date", "geburtsdatum": "birth date", "naissance": "birth",
    "nacimiento": "birth", "nascimento": "birth", "nascita": "birth",
}  # fmt: skip
"""One spelling of words that have several, of words that are written together, and of those for the name and the birth
of a person, which must be understood even where nothing else is of their language."""

ACRONYMS = word_set(
    """
    api asin bic btw cas cc chf cpu crm css csv ddl dna dns dvd ean erp eta eur fips fk fte ftp gbp gdp gdpr gps gpu
    gst gtin guid html http https iata iban icao id imdb imei ip isbn isin iso issn it jpy json kpi led lei mac md5
    mime mrr nif nino nir npi oem os pdf pin pk png ppm qr ram rfid rgb roi sha siren siret sku sla smtp sql ssl ssn
    svg tin tv udf ui upc uri url us usa usb usd utc uuid uv vat vin vip vpn wifi wlan xml yoy
    """
)
"""Words written in capitals."""

COMPOUND_ENDINGS = word_set(
    """
    account address alias amount balance code cost count currency date day description fee flag id item key level line
    mode month name no note num number phone picture price priority qty quantity rate score segment status time
    title total type url value year instruct
    """
)
"""Words that end names whose words are written together, such as ``unitprice``; others are not taken apart."""

LAST_ONLY = {"no": "number", "cd": "code", "dt": "date", "temp": "temperature", "val": "value", "est": "estimate"}
"""Short forms that mean this at the end of a name, or before ``of``, and may be something else in front."""

CONTEXTUAL = {
    "disc": ("discount", frozenset({"price", "prc", "amount", "amt", "quantity", "qty"})),
    "ship": ("shipping", frozenset({"shipper", "shipperid", "shippers", "shipped", "shipvia"})),
    "dep": ("departure", frozenset({"arr", "arrival"})),
    "arr": ("arrival", frozenset({"dep", "departure"})),
    "alt": ("altitude", frozenset({"lat", "latitude"})),
    "inv": ("invoice", frozenset({"invoice", "invoices"})),
    "note": ("grade", frozenset({"matiere", "matieres"})),
    "notes": ("grades", frozenset({"matiere", "matieres"})),
    "cat": ("category", frozenset({"category", "categories", "product", "products", "prod"})),
    "temp": ("temperature", frozenset({"c", "f", "celsius", "fahrenheit", "humidity"})),
    "bp": ("blood pressure", frozenset({"systolic", "diastolic"})),
    "rep": ("representative", frozenset({"sales", "customer", "customers"})),
    "trans": ("transaction", frozenset({"account", "accounts", "amount", "balance"})),
    "exp": ("expiry", frozenset({"card", "cards"})),
}
"""Short forms that mean this where one of the other words stands in the names beside them."""

UNITS = {
    "kg": "kg", "g": "g", "mg": "mg", "lbs": "lb", "lb": "lb", "oz": "oz", "km": "km", "cm": "cm", "mm": "mm",
    "miles": "miles", "mi": "miles", "ft": "feet", "feet": "feet", "inches": "inches", "ms": "milliseconds",
    "msec": "milliseconds", "secs": "seconds", "milliseconds": "milliseconds", "millis": "milliseconds",
    "seconds": "seconds", "mins": "minutes", "minutes": "minutes", "hours": "hours", "hrs": "hours", "days": "days",
    "weeks": "weeks", "months": "months", "years": "years", "bytes": "bytes", "kb": "kB", "mb": "MB", "gb": "GB",
    "celsius": "°C", "fahrenheit": "°F", "kwh": "kWh", "mw": "MW", "watts": "watts", "volts": "volts", "eur": "EUR",
    "usd": "USD", "gbp": "GBP", "chf": "CHF", "jpy": "JPY", "euros": "EUR", "dollars": "USD", "euro": "EUR",
    "percent": "percent", "pct": "percent", "percentage": "percent", "kph": "km/h", "kmh": "km/h", "mph": "mph",
    "ppm": "ppm", "kw": "kW", "hz": "Hz", "hpa": "hPa",
    "cents": "cents", "m2": "m²", "m3": "m³", "litres": "litres", "liters": "litres",
}  # fmt: skip
"""Units at the end of a name, and how they are written."""

CURRENCY_UNITS = frozenset({"EUR", "USD", "GBP", "CHF", "JPY", "cents", "percent"})
"""Those in which money is counted, or parts of it."""

LETTER_UNITS = {"m": "m", "v": "V", "a": "A", "w": "W", "c": "\N{DEGREE SIGN}C", "f": "\N{DEGREE SIGN}F"}
ONE_OF = {
    "crew": "member", "journal": "entry", "ledger": "entry", "log": "entry", "personnel": "member", "staff": "member",
}  # fmt: skip
"""What one of those is called that a word in the singular puts together."""

COLLECTIONS = word_set("extract export header list master overview report statistics summary")
"""Last words of names that say how the rows were put together, not what one of them is."""

MEASURED = word_set(
    """
    altitude current depth distance elevation height humidity length power pressure radius speed temperature voltage
    width
    """
)
"""Nouns behind which one letter is a unit: the *elevation m*."""
