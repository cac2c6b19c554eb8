/** A create that is being sent, as plain JSON: enough to find out later what became of it. It holds no secret. */
export interface CreateHandle {
  readonly version: 1;
  readonly provider: string;
  /** Id of the offer, with the provider. */
  readonly offer: string;
  readonly idempotencyKey: string;
  /** What the instance carries, without its expiry: digests of owner, key and parameters. */
  readonly mark: string;
  /** When the create was about to be sent, ISO 8601; it was sent within 30 s, or never, unless a function given as `apiKey` held it up. Under a key of the vendor's (fal) it may be sent again while that is remembered. */
  readonly sentAt: string;
  /** The last moment on the connection of the paid call, ISO 8601. Missing in a handle that was stored before sending: `reconcile` then waits longer. */
  readonly connectedUntil?: string;
  /** Ids that the provider listed just before, where it keeps no mark: what is new since then may be this one. */
  readonly before?: readonly string[];
}
