import CSQLite
import Memory
import Model

struct ImageStatements {
    let insert: Statement
    let complete: Statement
    let info: Statement
    let delete: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            """
            INSERT INTO images (id, type, is_complete, bytes)
            VALUES (?1, coalesce(?3, 0), ?3 IS NOT NULL, zeroblob(?2))
            """)
        complete = try database.prepare(
            "UPDATE images SET type = ?2, is_complete = 1 WHERE id = ?1")
        // Neither column needs more of a row than its head.
        info = try database.prepare(
            "SELECT type, length(bytes) FROM images WHERE id = ?1 AND is_complete = 1")
        delete = try database.prepare("DELETE FROM images WHERE id = ?1")
    }
}

/// What is known of a stored image without reading it.
public struct ImageInfo {
    public var type: ImageType
    /// In bytes.
    public var length: Int
}

/// Images, written and read piece by piece: none is ever in memory as a whole.
extension Store {
    /// Makes room for an image that is still to come. Until it is complete nobody sees it, and
    /// the next start removes it.
    public func beginImage(_ id: ImageID, length: Int) throws(StorageError) {
        try insertImage(id, length: length, as: nil)
    }

    private func insertImage(
        _ id: ImageID, length: Int, as type: ImageType?
    ) throws(StorageError) {
        let statement = imageStatements.insert
        statement.bind(1, id.value)
        statement.bind(2, Int64(length))
        statement.bind(3, type?.rawValue)
        try change(statement)
    }

    /// Completes the image `id`, which needs only the first `length` bytes of its room, as the new image
    /// `other`. Copies through `memory`, so that SQLite need not hold the whole of it.
    public func completeImage(
        _ id: ImageID, as type: ImageType, movedTo other: ImageID, length: Int, through memory: MutableBytes
    ) throws(StorageError) {
        try insertImage(other, length: length, as: type)
        var offset = 0
        while offset < length {
            let piece = memory.prefix(min(memory.count, length - offset))
            try readImage(id, at: offset, into: piece)
            try writeImage(other, piece.bytes, at: offset)
            offset += piece.count
        }
        try deleteImage(id)
    }

    public func writeImage(
        _ id: ImageID, _ bytes: Bytes, at offset: Int
    ) throws(StorageError) {
        try beginChange()
        let code = csqlite_blob_write(
            database.handle, id.value, bytes.base, Int32(bytes.count), Int32(offset))
        guard code == Int32(CSQLITE_OK) else { throw fail(StorageError(code: code)) }
    }

    public func completeImage(_ id: ImageID, as type: ImageType) throws(StorageError) {
        let statement = imageStatements.complete
        statement.bind(1, id.value)
        statement.bind(2, type.rawValue)
        try change(statement)
    }

    public func image(_ id: ImageID) throws(StorageError) -> ImageInfo? {
        let statement = imageStatements.info
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement), let type = ImageType(rawValue: statement.integer(0)) else {
            return nil
        }
        return ImageInfo(type: type, length: Int(statement.integer(1)))
    }

    /// Fills `memory` with the bytes from `offset` on, which the image must have.
    public func readImage(
        _ id: ImageID, at offset: Int, into memory: MutableBytes
    ) throws(StorageError) {
        let code = csqlite_blob_read(
            database.handle, id.value, memory.base, Int32(memory.count), Int32(offset))
        guard code == Int32(CSQLITE_OK) else { throw failedReading(StorageError(code: code)) }
    }

    public func deleteImage(_ id: ImageID) throws(StorageError) {
        try raiseHighestIdentifier(to: id.value)
        imageStatements.delete.bind(1, id.value)
        try change(imageStatements.delete)
    }
}
