import Memory
import Model
import Storage

/// A picture that has come whole and is stored without its metadata, in the room made for all of it.
struct ReceivedPicture {
    let image: ImageID
    let type: ImageType
    /// Of the picture as it is stored.
    let length: Int
    /// Of the picture as it was sent.
    let room: Int
}

// A picture that has come whole takes its place; the one that it replaces goes.
extension Hub {
    mutating func setAvatar(
        of id: UserID, to picture: ReceivedPicture, scratch: MutableBytes
    ) throws(HubError) {
        try reserve(events: 1)
        // Judged when the upload began, and now that it is whole.
        try check(.uploadImages, of: id)
        let old = try storing { store throws(StorageError) in try store.user(id)?.avatar }
        let image = try complete(picture, scratch: scratch)
        try storing { store throws(StorageError) in
            try store.setAvatar(of: id, to: image)
            if let old { try store.deleteImage(old) }
        }
        try announceProfile(of: id)
    }

    mutating func setIcon(
        to picture: ReceivedPicture, by user: UserID, scratch: MutableBytes
    ) throws(HubError) {
        try reserve(events: 2)
        try check(.manageServer, of: user)
        let community = try storing { store throws(StorageError) in try store.community() }
        guard var community else { throw .notFound("There is no community yet") }
        let old = community.icon
        let image = try complete(picture, scratch: scratch)
        community.icon = image
        try storing { store throws(StorageError) in
            try store.updateCommunity(community)
            if let old { try store.deleteImage(old) }
        }
        try announceCommunity()
    }

    /// Completes the stored picture; its id is another where it became shorter.
    private mutating func complete(
        _ picture: ReceivedPicture, scratch: MutableBytes
    ) throws(HubError) -> ImageID {
        guard picture.length < picture.room else {
            try storing { store throws(StorageError) in
                try store.completeImage(picture.image, as: picture.type)
            }
            return picture.image
        }
        let other = ImageID(identifiers.next(at: clock))
        try storing { store throws(StorageError) in
            try store.completeImage(
                picture.image, as: picture.type, movedTo: other, length: picture.length,
                through: scratch)
        }
        return other
    }
}
