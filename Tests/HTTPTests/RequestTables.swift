/// Request heads and what must come of them: golden tables that several tests read.
enum RequestTables {
    typealias Row = (name: String, input: String, status: Int)

    static let accepted = 200
    static let incomplete = 0

    static func line(_ requestLine: String) -> String { requestLine + "\r\nHost: a\r\n\r\n" }
    static func field(_ line: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n"
    }
    static func field10(_ line: String) -> String { "POST / HTTP/1.0\r\n\(line)\r\n\r\n" }
    static func host(_ value: String) -> String { "GET / HTTP/1.1\r\nHost:\(value)\r\n\r\n" }

    static var all: [Row] {
        requestLines + versions + methods + targets + lineEnds + fieldSyntax + hosts
            + contentLengths + transferEncodings + otherFields + odd
    }

    static let requestLines: [Row] = [
        ("two spaces after the method", line("GET  / HTTP/1.1"), 400),
        ("two spaces before the version", line("GET /  HTTP/1.1"), 400),
        ("a space at the end", line("GET / HTTP/1.1 "), 400),
        ("a space at the start", line(" GET / HTTP/1.1"), 400),
        ("a space in the target", line("GET /a b HTTP/1.1"), 400),
        ("a tab for the first space", line("GET\t/ HTTP/1.1"), 400),
        ("a tab for the second space", line("GET /\tHTTP/1.1"), 400),
        ("no target", line("GET HTTP/1.1"), 400),
        ("an empty target", line("GET  HTTP/1.1"), 400),
        ("a method alone", line("GET"), 400),
        ("HTTP/0.9", "GET /\r\n", 400),
        ("no method", line("/ HTTP/1.1"), 400),
        ("nothing but spaces", "   \r\n\r\n", 400),
        ("NUL in the line", line("GET /\u{0} HTTP/1.1"), 400),
        ("escape in the line", line("GET /\u{1B}[0m HTTP/1.1"), 400),
        ("DEL in the line", line("GET /\u{7F} HTTP/1.1"), 400),
        ("a form feed for a space", line("GET\u{0C}/ HTTP/1.1"), 400),
        ("a vertical tab for a space", line("GET\u{0B}/ HTTP/1.1"), 400),
        ("a no-break space", line("GET\u{A0}/ HTTP/1.1"), 400),
        ("a response", "HTTP/1.1 200 OK\r\n\r\n", 400),
        ("a header line first", "Host: a\r\n\r\n", 400),
    ]

    static let versions: [Row] = [
        ("HTTP/2.0 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("HTTP/2.0", line("GET / HTTP/2.0"), 505),
        ("HTTP/3.0", line("GET / HTTP/3.0"), 505),
        ("HTTP/9.9", line("GET / HTTP/9.9"), 505),
        ("HTTP/0.9 spelled out", line("GET / HTTP/0.9"), 505),
        ("HTTP/1.2", line("GET / HTTP/1.2"), accepted),
        ("HTTP/1.9", line("GET / HTTP/1.9"), accepted),
        ("HTTP/1.0", line("GET / HTTP/1.0"), accepted),
        ("HTTP/1", line("GET / HTTP/1"), 400),
        ("HTTP/1.", line("GET / HTTP/1."), 400),
        ("HTTP/.1", line("GET / HTTP/.1"), 400),
        ("HTTP/1.10", line("GET / HTTP/1.10"), 400),
        ("HTTP/01.1", line("GET / HTTP/01.1"), 400),
        ("HTTP/1.01", line("GET / HTTP/1.01"), 400),
        ("HTTP/1,1", line("GET / HTTP/1,1"), 400),
        ("HTTP 1.1", line("GET / HTTP 1.1"), 400),
        ("HTTP/ 1.1", line("GET / HTTP/ 1.1"), 400),
        ("http/1.1", line("GET / http/1.1"), 400),
        ("HTTPS/1.1", line("GET / HTTPS/1.1"), 400),
        ("HTTP/+1.1", line("GET / HTTP/+.1"), 400),
        ("HTTP/A.B", line("GET / HTTP/A.B"), 400),
        ("another protocol", line("GET / RTSP/1.0"), 400),
    ]

    static let methods: [Row] = [
        ("TRACE", line("TRACE / HTTP/1.1"), 501),
        ("CONNECT", line("CONNECT a:443 HTTP/1.1"), 501),
        ("a lower-case method", line("get / HTTP/1.1"), 501),
        ("a mixed-case method", line("Get / HTTP/1.1"), 501),
        ("an unknown method", line("BREW / HTTP/1.1"), 501),
        ("a method that begins like a known one", line("GETS / HTTP/1.1"), 501),
        ("a method of all token bytes", line("!#$%&'*+-.^_`|~09 / HTTP/1.1"), 501),
        ("a long method", line(String(repeating: "M", count: 300) + " / HTTP/1.1"), 501),
        ("a method with a colon", line("GE:T / HTTP/1.1"), 400),
        ("a method in brackets", line("[GET] / HTTP/1.1"), 400),
        ("a method in quotes", line("\"GET\" / HTTP/1.1"), 400),
        ("a method with a slash", line("GET/ / HTTP/1.1"), 400),
    ]

    static let targets: [Row] = [
        ("a fragment", line("GET /a#b HTTP/1.1"), 400),
        ("a fragment in the query", line("GET /a?b#c HTTP/1.1"), 400),
        ("a fragment alone", line("GET # HTTP/1.1"), 400),
        ("non-ASCII in the path", line("GET /\u{C3}\u{A9} HTTP/1.1"), 400),
        ("overlong UTF-8 in the path", line("GET /\u{C0}\u{AF} HTTP/1.1"), 400),
        ("non-ASCII in the query", line("GET /?q=\u{E9} HTTP/1.1"), 400),
        ("a relative path", line("GET a/b HTTP/1.1"), 400),
        ("a query without a path", line("GET ?a HTTP/1.1"), 400),
        ("authority-form", line("GET a:80 HTTP/1.1"), 400),
        ("a host alone", line("GET example.com HTTP/1.1"), 400),
        ("asterisk for GET", line("GET * HTTP/1.1"), 400),
        ("asterisk for OPTIONS", line("OPTIONS * HTTP/1.1"), accepted),
        ("asterisk and more", line("OPTIONS *a HTTP/1.1"), 400),
        ("asterisk and a query", line("OPTIONS *?a HTTP/1.1"), 400),
        ("ftp", line("GET ftp://a/ HTTP/1.1"), 400),
        ("a scheme alone", line("GET http: HTTP/1.1"), 400),
        ("one slash after the scheme", line("GET http:/a HTTP/1.1"), 400),
        ("an absolute target without host", line("GET http:/// HTTP/1.1"), 400),
        ("an absolute target, all empty", line("GET http:// HTTP/1.1"), 400),
        ("an absolute target with a port alone", line("GET http://:80/ HTTP/1.1"), 400),
        ("an absolute target with a user", line("GET http://u@a/ HTTP/1.1"), 400),
        ("an absolute target with a bad port", line("GET http://a:x/ HTTP/1.1"), 400),
        ("an absolute target with a backslash", line("GET http://a\\b/ HTTP/1.1"), 400),
        ("an absolute target", line("GET http://a/ HTTP/1.1"), accepted),
        ("an absolute target needs Host as well", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
        ("an absolute target and a bad Host", "GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", 400),
        ("two slashes at the start", line("GET //a HTTP/1.1"), accepted),
        ("dot segments", line("GET /../../etc/passwd HTTP/1.1"), accepted),
        ("an encoded NUL", line("GET /%00 HTTP/1.1"), accepted),
        ("a bad escape", line("GET /%zz HTTP/1.1"), accepted),
    ]

    static let lineEnds: [Row] = [
        ("LF alone after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("LF alone after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        ("LF alone as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        ("LF alone before the request line", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CR alone after the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
        ("CR alone after a field", "GET / HTTP/1.1\r\nHost: a\r\r\n", 400),
        ("CR within the target", "GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CR within a field's value", field("X: a\rb"), 400),
        ("CR within a field's name", field("X\rY: a"), 400),
        ("CR CR LF", field("X: a\r"), 400),
        ("one empty line first", "\r\n" + line("GET / HTTP/1.1"), accepted),
        ("two empty lines first", "\r\n\r\n" + line("GET / HTTP/1.1"), 400),
        ("CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("white space first", " \r\n" + line("GET / HTTP/1.1"), 400),
        ("no empty line yet", "GET / HTTP/1.1\r\nHost: a\r\n", incomplete),
        ("half an empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r", incomplete),
        ("nothing but an empty line", "\r\n", incomplete),
    ]

    static let fieldSyntax: [Row] = [
        ("a space before the colon", field("X : a"), 400),
        ("a tab before the colon", field("X\t: a"), 400),
        ("Host with a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("Content-Length with a space before the colon", field("Content-Length : 5"), 400),
        (
            "Transfer-Encoding with a space before the colon",
            field("Transfer-Encoding : chunked"), 400
        ),
        ("no colon", field("Nonsense"), 400),
        ("no name", field(": a"), 400),
        ("a colon alone", field(":"), 400),
        ("a folded line", field("X: a\r\n b"), 400),
        ("a line folded with a tab", field("X: a\r\n\tb"), 400),
        ("a folded Transfer-Encoding", field("Transfer-Encoding:\r\n chunked"), 400),
        ("a field of white space", field(" "), 400),
        ("white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("a space in the name", field("X Y: a"), 400),
        ("a tab in the name", field("X\tY: a"), 400),
        ("brackets in the name", field("X[0]: a"), 400),
        ("a slash in the name", field("X/Y: a"), 400),
        ("quotes in the name", field("\"X\": a"), 400),
        ("a comma in the name", field("X,Y: a"), 400),
        ("non-ASCII in the name", field("X\u{E9}: a"), 400),
        ("NUL in the name", field("X\u{0}: a"), 400),
        ("NUL in the value", field("X: a\u{0}b"), 400),
        ("a bell in the value", field("X: a\u{7}b"), 400),
        ("escape in the value", field("X: a\u{1B}b"), 400),
        ("DEL in the value", field("X: a\u{7F}b"), 400),
        ("a vertical tab in the value", field("X: a\u{0B}b"), 400),
        ("a form feed in the value", field("X: a\u{0C}b"), 400),
        ("non-ASCII in the value", field("X: \u{E9}\u{80}\u{FF}"), accepted),
        ("a tab in the value", field("X: a\tb"), accepted),
        ("an empty value", field("X:"), accepted),
        ("all token bytes in the name", field("!#$%&'*+-.^_`|~09azAZ: a"), accepted),
    ]

    static let hosts: [Row] = [
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("no Host in HTTP/1.2", "GET / HTTP/1.2\r\nX: a\r\n\r\n", 400),
        ("no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", accepted),
        ("two Hosts", field("Host: b"), 400),
        ("the same Host twice", field("Host: a"), 400),
        ("the same Host twice in HTTP/1.0", field10("Host: a\r\nHost: a"), 400),
        ("Host twice in different case", field("HOST: a"), 400),
        ("an empty Host", host(""), 400),
        ("a blank Host", host("  "), 400),
        ("a Host with a user", host(" u@a"), 400),
        ("a Host with a path", host(" a/b"), 400),
        ("a Host with a query", host(" a?b"), 400),
        ("a Host that is a URI", host(" http://a"), 400),
        ("two Hosts in one value", host(" a, b"), 400),
        ("two Hosts, a space between", host(" a b"), 400),
        ("a Host with a backslash", host(" a\\b"), 400),
        ("a Host with a worded port", host(" a:http"), 400),
        ("a Host with a signed port", host(" a:+80"), 400),
        ("a Host with too high a port", host(" a:65536"), 400),
        ("a Host with a huge port", host(" a:99999999999999999999999"), 400),
        ("a Host with two ports", host(" a:1:2"), 400),
        ("a port without a Host", host(" :80"), 400),
        ("an IPv6 Host without brackets", host(" ::1"), 400),
        ("an IPv6 Host not closed", host(" [::1"), 400),
        ("an IPv6 Host, empty", host(" []"), 400),
        ("an IPv6 Host with a word", host(" [host]"), 400),
        ("an IPv6 Host and more", host(" [::1]a"), 400),
        ("a Host with a bad escape", host(" a%4"), 400),
        ("a Host with non-ASCII", host(" \u{E9}"), 400),
        ("an IPv6 Host", host(" [::1]:8080"), accepted),
        ("an IPv4 Host", host(" 127.0.0.1:8080"), accepted),
        ("a Host with an empty port", host(" a:"), accepted),
        ("a Host with an escape", host(" a%4Ab"), accepted),
        ("a Host with an underscore", host(" my_pi.local"), accepted),
    ]

    static let contentLengths: [Row] = [
        ("a worded length", field("Content-Length: five"), 400),
        ("an empty length", field("Content-Length:"), 400),
        ("a blank length", field("Content-Length:   "), 400),
        ("a length with a plus", field("Content-Length: +5"), 400),
        ("a negative length", field("Content-Length: -5"), 400),
        ("minus zero", field("Content-Length: -0"), 400),
        ("a hexadecimal length", field("Content-Length: 0x5"), 400),
        ("an octal length", field("Content-Length: 0o5"), 400),
        ("an underscore in the length", field("Content-Length: 1_0"), 400),
        ("a space in the length", field("Content-Length: 1 0"), 400),
        ("a decimal point", field("Content-Length: 5.0"), 400),
        ("an exponent", field("Content-Length: 1e3"), 400),
        ("a length beyond 64 bits", field("Content-Length: 18446744073709551616"), 400),
        ("a length far beyond 64 bits", field("Content-Length: 99999999999999999999999999"), 400),
        ("two lengths", field("Content-Length: 5\r\nContent-Length: 6"), 400),
        ("one length twice", field("Content-Length: 5\r\nContent-Length: 5"), 400),
        ("two lengths in one", field("Content-Length: 5, 6"), 400),
        ("one length twice in one", field("Content-Length: 5, 5"), 400),
        ("a length and a comma", field("Content-Length: 5,"), 400),
        ("zero and another length", field("Content-Length: 0\r\nContent-Length: 5"), 400),
        ("non-ASCII digits", field("Content-Length: \u{D9}\u{A5}"), 400),
        ("leading zeros, which the grammar has", field("Content-Length: 005"), accepted),
        ("white space around the length", field("Content-Length: \t 5 \t"), accepted),
        ("a length for GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", accepted),
    ]

    static let transferEncodings: [Row] = [
        ("length, then chunked", field("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400),
        ("chunked, then length", field("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400),
        ("chunked and length zero", field("Transfer-Encoding: chunked\r\nContent-Length: 0"), 400),
        (
            "length and an unknown coding",
            field("Content-Length: 5\r\nTransfer-Encoding: xchunked"), 400
        ),
        ("chunked twice", field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400),
        ("chunked twice in one", field("Transfer-Encoding: chunked, chunked"), 400),
        (
            "chunked and identity",
            field("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), 400
        ),
        ("chunked not last", field("Transfer-Encoding: chunked, gzip"), 400),
        ("an empty coding", field("Transfer-Encoding:"), 400),
        ("commas alone", field("Transfer-Encoding: ,,"), 400),
        ("chunked and a comma", field("Transfer-Encoding: chunked,"), accepted),
        ("chunked among empty elements", field("Transfer-Encoding: , chunked ,,"), accepted),
        ("chunked, nothing, chunked", field("Transfer-Encoding: chunked,, chunked"), 400),
        ("a quoted coding", field("Transfer-Encoding: \"chunked\""), 400),
        ("a coding with a parameter", field("Transfer-Encoding: chunked;q=1"), 400),
        ("a coding after a vertical tab", field("Transfer-Encoding: \u{0B}chunked"), 400),
        ("a coding and NUL", field("Transfer-Encoding: chunked\u{0}"), 400),
        ("a coding with a space inside", field("Transfer-Encoding: chun ked"), 400),
        ("chunked in HTTP/1.0", field10("Transfer-Encoding: chunked"), 400),
        (
            "chunked in HTTP/1.0 with a length",
            field10("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400
        ),
        ("gzip, then chunked", field("Transfer-Encoding: gzip, chunked"), 501),
        ("gzip alone", field("Transfer-Encoding: gzip"), 501),
        ("identity", field("Transfer-Encoding: identity"), 501),
        ("xchunked", field("Transfer-Encoding: xchunked"), 501),
        ("chunked in any case", field("Transfer-Encoding: ChUnKeD"), accepted),
        ("chunked and white space", field("Transfer-Encoding: \tchunked \t"), accepted),
    ]

    static let otherFields: [Row] = [
        ("two Authorizations", field("Authorization: Bearer a\r\nAuthorization: Bearer b"), 400),
        ("two keys", field("Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: a"), 400),
        ("two versions", field("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8"), 400),
        ("two Content-Types", field("Content-Type: a/b\r\nContent-Type: c/d"), 400),
        ("two Origins", field("Origin: a\r\nOrigin: b"), 400),
        ("an unknown expectation", field("Expect: 200-ok"), 417),
        ("an empty expectation", field("Expect:"), 417),
        ("a list of expectations", field("Expect: 100-continue, magic"), 417),
        ("a proper expectation", field("Expect: 100-Continue\r\nContent-Length: 1"), accepted),
        ("two Upgrades", field("Upgrade: h2c\r\nUpgrade: websocket"), accepted),
        ("two If-None-Matches", field("If-None-Match: \"a\"\r\nIf-None-Match: \"b\""), accepted),
        ("an unknown field twice", field("X: a\r\nX: b"), accepted),
        ("64 fields", field(fields(63)), accepted),
        ("65 fields", field(fields(64)), 431),
    ]

    static let odd: [Row] = [
        ("nothing", "", incomplete),
        ("a TLS ClientHello", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{FC}", 400),
        ("TLS' first byte", "\u{16}", 400),
        ("SSH", "SSH-2.0-OpenSSH_9.2\r\n", 400),
        ("binary garbage", "\u{DE}\u{AD}\u{BE}\u{EF}", 400),
        ("a WebSocket frame", "\u{81}\u{85}abcd", 400),
        ("a byte order mark", "\u{EF}\u{BB}\u{BF}" + line("GET / HTTP/1.1"), 400),
        ("half a request line", "GET / HT", incomplete),
        ("a bad field before the end has come", "GET / HTTP/1.1\r\nX : a\r\n", 400),
        ("a bad byte before its line has ended", "GET / HTTP/1.1\r\nX: \u{0}", 400),
        ("the first fault counts", "TRACE / HTTP/1.1\r\nX: \u{0}\r\n\r\n", 501),
    ]

    private static func fields(_ count: Int) -> String {
        (0..<count).map { "X-\($0): a" }.joined(separator: "\r\n")
    }
}
