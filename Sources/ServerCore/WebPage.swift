import Memory

/// A file of the web client, ready to be sent. Its views outlive the server.
public struct WebPageFile: Sendable {
    let name: Bytes
    let mediaType: Bytes
    /// With its quotes (RFC 9110 §8.8.3).
    let entityTag: Bytes
    let content: Bytes
    /// The content is gzip.
    let isCompressed: Bool

    /// A document or a worker: what it may do is said by the policy that comes with it.
    var isContext: Bool { mediaType.starts(with: "text/html") || name == "sw.js" }

    public init(
        name: Bytes, mediaType: Bytes, entityTag: Bytes, content: Bytes, isCompressed: Bool
    ) {
        self.name = name
        self.mediaType = mediaType
        self.entityTag = entityTag
        self.content = content
        self.isCompressed = isCompressed
    }
}

/// The web client, as it is served.
public struct WebPage: Sendable {
    private let files: [WebPageFile]

    public init(files: [WebPageFile]) { self.files = files }

    public static let none = WebPage(files: [])

    subscript(index: Int) -> WebPageFile { files[index] }

    /// Where the file of that name is; without a name, as in `GET /`, that of the page itself.
    func file(named name: Bytes?) -> Int? {
        let name = name ?? Bytes("index.html")
        for index in files.indices where files[index].name == name { return index }
        return nil
    }
}
