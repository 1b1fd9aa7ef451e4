import LinuxIO
import Memory
import ServerCore
import WebClient

extension WebPage {
    /// The web client that is part of this program.
    static var ofThisProgram: WebPage {
        WebPage(
            files: (0..<web_client_file_count()).map { index in
                let file = web_client_file(index)!.pointee
                return WebPageFile(
                    name: Bytes(cString: file.name), mediaType: Bytes(cString: file.media_type),
                    entityTag: Bytes(cString: file.entity_tag),
                    content: Bytes(base: file.content, count: Int(file.content_count)),
                    isCompressed: file.is_compressed)
            })
    }
}
