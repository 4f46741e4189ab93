/// The identity of a Postgres type: its own object id and that of its array type.
public struct PostgresType: Hashable, Sendable {
    /// The type's object id, as sent with a parameter and received with a column.
    public let oid: UInt32
    /// The object id of the array of this type; 0 where there is none.
    public let arrayOID: UInt32

    /// Names a type by its object ids.
    public init(oid: UInt32, arrayOID: UInt32) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    static let bool = PostgresType(oid: 16, arrayOID: 1000)
    static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    static let text = PostgresType(oid: 25, arrayOID: 1009)
    static let json = PostgresType(oid: 114, arrayOID: 199)
    static let float4 = PostgresType(oid: 700, arrayOID: 1021)
    static let float8 = PostgresType(oid: 701, arrayOID: 1022)
    static let bpchar = PostgresType(oid: 1042, arrayOID: 1014)
    static let varchar = PostgresType(oid: 1043, arrayOID: 1015)
    static let name = PostgresType(oid: 19, arrayOID: 1003)
    static let date = PostgresType(oid: 1082, arrayOID: 1182)
    static let time = PostgresType(oid: 1083, arrayOID: 1183)
    static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    static let numeric = PostgresType(oid: 1700, arrayOID: 1231)
    static let uuid = PostgresType(oid: 2950, arrayOID: 2951)
    static let jsonb = PostgresType(oid: 3802, arrayOID: 3807)
    static let unknown = PostgresType(oid: 705, arrayOID: 0)

    /// The first object id of types that a database defines itself (enums, domains' bases, extensions).
    static let firstUserOID: UInt32 = 16384
}
