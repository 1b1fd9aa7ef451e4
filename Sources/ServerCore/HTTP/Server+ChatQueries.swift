import HTTP
import Memory
import Model
import Storage

// The query parameters of chat listings (protocol A5).
extension Server {
    func listLatestChats(in channel: ChannelID, _ request: Request) throws(Failure) {
        let reader = request.admission.user ?? UserID(0)
        try commanded { hub throws(HubError) in try hub.checkVisible(channel, to: reader) }
        var query = ChatQuery()
        try query.read(request.head.query, scratch: scratch)
        var filter = ChatFilter()
        filter.channel = channel
        try list(.chats(filter, after: nil, skip: 0, remaining: query.size), for: request)
    }

    func listChats(_ request: Request) throws(Failure) {
        var query = ChatQuery()
        try query.read(request.head.query, scratch: scratch)
        if query.filter.query != nil { try charge(.search, request) }
        // On a 32-bit board the product may be beyond an Int, and beyond every chat too.
        let skip = Int(clamping: Int64(query.page) * Int64(query.size))
        try list(
            .chats(query.filter, after: nil, skip: skip, remaining: query.size), for: request)
    }
}

/// What the query of a listing asks for. An empty value counts as absent; unknown names
/// are ignored; of a repeated name the last wins.
private struct ChatQuery {
    var filter = ChatFilter()
    var page = 0
    var size = Limits.pageSizeDefault

    mutating func read(_ query: Bytes, scratch: MutableBytes) throws(Failure) {
        var parameters = QueryParameters(query)
        var decoded = ByteWriter(scratch)
        while let (name, encoded) = parameters.next() {
            guard !encoded.isEmpty else { continue }
            let start = decoded.count
            guard PercentEncoding.decode(encoded, plusIsSpace: true, into: &decoded) else {
                throw Failure(.badRequest, "The query has a broken percent escape")
            }
            try set(name, to: decoded.bytes.dropFirst(start))
        }
    }

    private mutating func set(_ name: Bytes, to value: Bytes) throws(Failure) {
        switch name {
        case "page": page = try number(value, in: 0...Int64(Int32.max), "page must be 0 or more")
        case "size":
            size = try number(
                value, in: Int64(Limits.pageSizes.lowerBound)...Int64(Limits.pageSizes.upperBound),
                "size must be from 1 to 200")
        case "authorId": filter.author = UserID(try integer(value, "authorId must be an integer"))
        case "channelId":
            filter.channel = ChannelID(try integer(value, "channelId must be an integer"))
        case "threadId":
            let thread = try integer(value, "threadId must be an integer")
            filter.thread = thread == -1 ? .outside : .only(ThreadID(thread))
        case "before": filter.before = try integer(value, "before must be an integer")
        case "after": filter.after = try integer(value, "after must be an integer")
        case "beforeId":
            filter.beforeID = ChatID(try integer(value, "beforeId must be an integer"))
        case "afterId": filter.afterID = ChatID(try integer(value, "afterId must be an integer"))
        case "query":
            guard UTF8Validator.isValid(value) else {
                throw Failure(.badRequest, "query must be valid UTF-8")
            }
            guard value.count <= Limits.searchBytesMax else {
                throw Failure(.badRequest, "query is too long")
            }
            filter.query = value
        default: break
        }
    }

    private func integer(_ text: Bytes, _ message: StaticString) throws(Failure) -> Int64 {
        guard let value = decimalInteger(text) else { throw Failure(.badRequest, message) }
        return value
    }

    private func number(
        _ text: Bytes, in range: ClosedRange<Int64>, _ message: StaticString
    ) throws(Failure) -> Int {
        let value = try integer(text, message)
        guard range.contains(value) else { throw Failure(.badRequest, message) }
        return Int(value)
    }
}
