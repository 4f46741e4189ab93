import CPostgres

/// The rows of one result, which live inside their transaction: take values out, not rows.
public struct Rows: RandomAccessCollection {
    /// Counts the rows that the statement changed, or returned.
    public let affected: Int
    private let storage: ResultStorage

    init(_ storage: ResultStorage, affected: Int) {
        self.storage = storage
        self.affected = affected
    }

    /// The first row's position.
    public var startIndex: Int { 0 }
    /// The position after the last row.
    public var endIndex: Int { storage.rowCount }
    /// The row at a position.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < storage.rowCount, "row out of range")
        return Row(storage: storage, index: Int32(position))
    }

    /// The first column of the first row, or nil when there is no row.
    public func scalar<Value: PostgresDecodable>(as type: Value.Type = Value.self) throws(PostgresError)
        -> Value?
    {
        guard let row = first else { return nil }
        return try row.get(0, as: type)
    }

    /// One column of every row.
    public func column<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.get(column, as: type)) }
        return values
    }
}

/// One row of a result.
public struct Row {
    fileprivate let storage: ResultStorage
    fileprivate let index: Int32

    /// Reads the column at a position.
    public func get<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard column >= 0, column < storage.columnCount else {
            throw PostgresError(code: .decoding, message: "no column \(column) in \(storage.columnCount)")
        }
        do throws(PostgresError) {
            guard let cell = storage.cell(row: index, column: Int32(column)) else {
                return try type.decodeNull()
            }
            return try type.decode(cell)
        } catch {
            let name = storage.name(of: Int32(column))
            throw PostgresError(code: error.code, message: "column \(column) (\(name)): \(error.message)")
        }
    }

    /// Reads the column with a name.
    public func get<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let position = storage.position(of: column) else {
            throw PostgresError(code: .decoding, message: "no column named \(column)")
        }
        return try get(position, as: type)
    }

    /// Reads the column at a position as the type the caller expects.
    public subscript<Value: PostgresDecodable>(_ column: Int) -> Value {
        get throws(PostgresError) { try get(column) }
    }

    /// Reads the column with a name as the type the caller expects.
    public subscript<Value: PostgresDecodable>(_ column: String) -> Value {
        get throws(PostgresError) { try get(column) }
    }
}

/// Owns one `PGresult` and frees it with the last row that refers to it.
final class ResultStorage {
    private let raw: OpaquePointer
    let rowCount: Int
    let columnCount: Int
    private let types: [UInt32]

    init(_ raw: OpaquePointer) {
        self.raw = raw
        rowCount = Int(PQntuples(raw))
        columnCount = Int(PQnfields(raw))
        types = (0..<PQnfields(raw)).map { PQftype(raw, $0) }
    }

    deinit { PQclear(raw) }

    func cell(row: Int32, column: Int32) -> PostgresCell? {
        guard PQgetisnull(raw, row, column) == 0 else { return nil }
        let count = Int(PQgetlength(raw, row, column))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(raw, row, column), count: count)
        return PostgresCell(oid: types[Int(column)], buffer: bytes)
    }

    func name(of column: Int32) -> String {
        PQfname(raw, column).map { String(cString: $0) } ?? "?"
    }

    func position(of name: String) -> Int? {
        (0..<columnCount).first { self.name(of: Int32($0)) == name }
    }
}
