import Memory
import Model
import Storage

// An image that has come whole takes its place; the one that it replaces goes.
extension Hub {
    mutating func setAvatar(
        of id: UserID, to image: ImageID, _ type: ImageType
    ) throws(HubError) {
        try reserve(events: 1)
        // Judged when the upload began, and now that it is whole.
        try check(.uploadImages, of: id)
        let old = try storing { store throws(StorageError) in try store.user(id)?.avatar }
        try storing { store throws(StorageError) in
            try store.completeImage(image, as: type)
            try store.setAvatar(of: id, to: image)
            if let old { try store.deleteImage(old) }
        }
        try announceProfile(of: id)
    }

    mutating func setIcon(
        to image: ImageID, _ type: ImageType, by user: UserID
    ) throws(HubError) {
        try reserve(events: 2)
        try check(.manageServer, of: user)
        let community = try storing { store throws(StorageError) in try store.community() }
        guard var community else { throw .notFound("There is no community yet") }
        let old = community.icon
        community.icon = image
        try storing { store throws(StorageError) in
            try store.completeImage(image, as: type)
            try store.updateCommunity(community)
            if let old { try store.deleteImage(old) }
        }
        try announceCommunity()
    }
}
