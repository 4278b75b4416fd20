import protobuf from 'protobufjs/light.js';

/**
 * The part of etcd's v3 API that the store speaks: messages of etcdserverpb/rpc.proto and mvccpb/kv.proto by their field
 * numbers (etcd 3.5). What is not here is skipped when a server sends it.
 */

/** An int64 as protobufjs reads it. Revisions stay far below 2^53. */
export type Int64 = number | { toNumber(): number };

/** A 64-bit number of gRPC's loader; revisions stay below 2^53. */
export const integer = (value: Int64): number => (typeof value === 'number' ? value : value.toNumber());

export interface Header {
  readonly revision: Int64;
}

export interface StoredPair {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: Int64;
  readonly modRevision: Int64;
  /** Of the lease that the key ends with; 0: none. */
  readonly lease: Int64;
}

export interface RangeRequest {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
  readonly limit?: number;
  readonly revision?: number;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly StoredPair[];
  readonly more: boolean;
  /** Keys in the whole range, whatever the limit. */
  readonly count: Int64;
}

/** `target` and its operand of mvcc's Compare, always for equality. */
export interface Compare {
  readonly key: Buffer;
  readonly target: CompareTarget;
  readonly version?: number;
  readonly createRevision?: number;
  readonly modRevision?: number;
}

export const compareTargets = { version: 0, create: 1, mod: 2 } as const;
export type CompareTarget = (typeof compareTargets)[keyof typeof compareTargets];

export type RequestOp =
  | { readonly requestRange: RangeRequest }
  | { readonly requestPut: { readonly key: Buffer; readonly value: Uint8Array; readonly lease?: Int64 } }
  | { readonly requestDeleteRange: { readonly key: Buffer; readonly rangeEnd?: Buffer } };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly { readonly responseRange?: RangeResponse | null }[];
}

export type WatchRequest =
  | {
      readonly createRequest: {
        readonly key: Buffer;
        readonly rangeEnd: Buffer;
        readonly startRevision: number;
        readonly prevKv: true;
        readonly fragment: true;
      };
    }
  | { readonly progressRequest: object };

export interface WatchResponse {
  readonly header: Header;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Of a watch that was cancelled because its past is gone; otherwise 0. */
  readonly compactRevision: Int64;
  readonly cancelReason: string;
  readonly events: readonly {
    /** 0: put, 1: delete. */
    readonly type: number;
    readonly kv: StoredPair;
    readonly prevKv?: StoredPair | null;
  }[];
}

export interface LeaseReply {
  readonly header: Header;
  readonly ID: Int64;
  /** Seconds; 0 or less: there is no such lease. */
  readonly TTL: Int64;
}

export interface StatusResponse {
  readonly header: Header;
  readonly version: string;
  /** Bytes of the database file, and of those the ones in use. */
  readonly dbSize: Int64;
  readonly dbSizeInUse: Int64;
}

type Fields = Readonly<Record<string, readonly [id: number, type: string, rule?: 'repeated']>>;

const messages: Readonly<Record<string, Fields>> = {
  Header: { revision: [3, 'int64'] },
  StoredPair: {
    key: [1, 'bytes'],
    createRevision: [2, 'int64'],
    modRevision: [3, 'int64'],
    value: [5, 'bytes'],
    lease: [6, 'int64'],
  },
  RangeRequest: {
    key: [1, 'bytes'],
    rangeEnd: [2, 'bytes'],
    limit: [3, 'int64'],
    revision: [4, 'int64'],
    keysOnly: [8, 'bool'],
    countOnly: [9, 'bool'],
  },
  RangeResponse: { header: [1, 'Header'], kvs: [2, 'StoredPair', 'repeated'], more: [3, 'bool'], count: [4, 'int64'] },
  PutRequest: { key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'int64'] },
  DeleteRangeRequest: { key: [1, 'bytes'], rangeEnd: [2, 'bytes'] },
  Compare: {
    result: [1, 'int32'],
    target: [2, 'int32'],
    key: [3, 'bytes'],
    version: [4, 'int64'],
    createRevision: [5, 'int64'],
    modRevision: [6, 'int64'],
  },
  RequestOp: {
    requestRange: [1, 'RangeRequest'],
    requestPut: [2, 'PutRequest'],
    requestDeleteRange: [3, 'DeleteRangeRequest'],
  },
  ResponseOp: { responseRange: [1, 'RangeResponse'] },
  TxnRequest: {
    compare: [1, 'Compare', 'repeated'],
    success: [2, 'RequestOp', 'repeated'],
    failure: [3, 'RequestOp', 'repeated'],
  },
  TxnResponse: { header: [1, 'Header'], succeeded: [2, 'bool'], responses: [3, 'ResponseOp', 'repeated'] },
  CompactionRequest: { revision: [1, 'int64'] },
  WatchCreateRequest: {
    key: [1, 'bytes'],
    rangeEnd: [2, 'bytes'],
    startRevision: [3, 'int64'],
    prevKv: [6, 'bool'],
    fragment: [8, 'bool'],
  },
  Empty: {},
  WatchRequest: { createRequest: [1, 'WatchCreateRequest'], progressRequest: [3, 'Empty'] },
  Event: { type: [1, 'int32'], kv: [2, 'StoredPair'], prevKv: [3, 'StoredPair'] },
  WatchResponse: {
    header: [1, 'Header'],
    created: [3, 'bool'],
    canceled: [4, 'bool'],
    compactRevision: [5, 'int64'],
    cancelReason: [6, 'string'],
    events: [11, 'Event', 'repeated'],
  },
  LeaseGrantRequest: { TTL: [1, 'int64'], ID: [2, 'int64'] },
  LeaseGrantResponse: { header: [1, 'Header'], ID: [2, 'int64'], TTL: [3, 'int64'] },
  LeaseRequest: { ID: [1, 'int64'] },
  StatusResponse: { header: [1, 'Header'], version: [2, 'string'], dbSize: [3, 'int64'], dbSizeInUse: [9, 'int64'] },
  OnlyHeader: { header: [1, 'Header'] },
};

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([field, [id, type, rule]]) => [field, { id, type, ...(rule && { rule }) }]),
        ),
      },
    ]),
  ),
});

// What is empty is not sent; protobufjs would put an array there.
Object.assign(root.lookupType('StoredPair').ctor.prototype as object, { value: Buffer.alloc(0) });

/** A method of etcd's gRPC services, with its messages' codecs. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Buffer) => Response;
}

function method<Request extends object, Response>(path: string, request: string, response: string): Method<Request, Response> {
  const requestType = root.lookupType(request);
  const responseType = root.lookupType(response);
  return {
    path: `/etcdserverpb.${path}`,
    encode: (message) => Buffer.from(requestType.encode(message).finish()),
    decode: (bytes) => responseType.decode(bytes) as unknown as Response,
  };
}

export const methods = {
  range: method<RangeRequest, RangeResponse>('KV/Range', 'RangeRequest', 'RangeResponse'),
  txn: method<TxnRequest, TxnResponse>('KV/Txn', 'TxnRequest', 'TxnResponse'),
  compact: method<{ readonly revision: number }, { readonly header: Header }>('KV/Compact', 'CompactionRequest', 'OnlyHeader'),
  watch: method<WatchRequest, WatchResponse>('Watch/Watch', 'WatchRequest', 'WatchResponse'),
  grantLease: method<{ readonly TTL: number }, LeaseReply>('Lease/LeaseGrant', 'LeaseGrantRequest', 'LeaseGrantResponse'),
  revokeLease: method<{ readonly ID: Int64 }, { readonly header: Header }>('Lease/LeaseRevoke', 'LeaseRequest', 'OnlyHeader'),
  keepLease: method<{ readonly ID: Int64 }, LeaseReply>('Lease/LeaseKeepAlive', 'LeaseRequest', 'LeaseGrantResponse'),
  leaseLeft: method<{ readonly ID: Int64 }, LeaseReply>('Lease/LeaseTimeToLive', 'LeaseRequest', 'LeaseGrantResponse'),
  status: method<object, StatusResponse>('Maintenance/Status', 'Empty', 'StatusResponse'),
  defragment: method<object, { readonly header: Header }>('Maintenance/Defragment', 'Empty', 'OnlyHeader'),
} as const;
