import Memory

/// What answers are built in: a pool of buffers, each with the listing that may be streaming
/// through it. A few are kept back for the operator and for those who ask whether the server works.
struct OutputBuffers: ~Copyable {
    private var slots: SlotPool
    private let listings: UnsafeMutablePointer<Listing?>
    private let searches: MutableBytes
    /// Who has each buffer; nil for the free ones.
    private let holders: UnsafeMutablePointer<Handle?>
    /// Without those that are kept back.
    private let ordinary: Int

    /// Buffers that are kept back, beside `capacity`.
    static let reserve = 2

    init(capacity ordinary: Int, bytesEach: Int) {
        self.ordinary = ordinary
        let capacity = ordinary + OutputBuffers.reserve
        holders = .allocate(capacity: capacity)
        holders.initialize(repeating: nil, count: capacity)
        slots = SlotPool(capacity: capacity, slotBytes: bytesEach)
        listings = .allocate(capacity: capacity)
        listings.initialize(repeating: nil, count: capacity)
        searches = .allocate(capacity * Listing.searchBytesMax)
    }

    deinit {
        listings.deallocate()
        holders.deallocate()
        searches.base.deallocate()
    }

    /// Bytes that one buffer of this size takes.
    static func bytesEach(_ bytes: Int) -> Int {
        bytes + Listing.bytesEach + MemoryLayout<Handle?>.stride
    }

    /// No buffer is free that anybody may have.
    var isExhausted: Bool { slots.count >= ordinary }
    func isExhausted(forVital isVital: Bool) -> Bool {
        isVital ? slots.isExhausted : isExhausted
    }
    /// Less than three quarters are free.
    var isScarce: Bool { slots.count * 4 > ordinary }
    /// What one member, or one address, may hold without reading.
    var share: Int { max(2, ordinary / 4) }
    var count: Int { slots.count }
    var highWaterMark: Int { slots.highWaterMark }
    var bytesEach: Int { slots.slotBytes }

    mutating func acquire(for holder: Handle, isVital: Bool = false) -> SlotPool.Slot? {
        guard !isExhausted(forVital: isVital), let slot = slots.acquire() else { return nil }
        listings[Int(slot.index)] = nil
        holders[Int(slot.index)] = holder
        return slot
    }

    mutating func release(_ slot: SlotPool.Slot) {
        holders[Int(slot.index)] = nil
        slots.release(slot)
    }

    func forEachHolder(_ visit: (Handle) -> Void) {
        for index in 0..<slots.capacity {
            if let holder = holders[index] { visit(holder) }
        }
    }

    @inline(__always)
    subscript(slot: SlotPool.Slot) -> MutableBytes { slots[slot] }

    /// The listing that goes on when this buffer has been sent; nil if the answer is whole.
    func listing(of slot: SlotPool.Slot) -> UnsafeMutablePointer<Listing?> {
        listings + Int(slot.index)
    }

    /// Where the listing of this buffer keeps its search text.
    func search(of slot: SlotPool.Slot) -> MutableBytes {
        let start = Int(slot.index) * Listing.searchBytesMax
        return searches[start..<start + Listing.searchBytesMax]
    }
}
