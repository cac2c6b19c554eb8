/** A create that is being sent, as plain JSON: enough to find out later what became of it. It holds no secret. */
export interface CreateHandle {
  readonly version: 1;
  readonly provider: string;
  /** Id of the offer, with the provider. */
  readonly offer: string;
  readonly idempotencyKey: string;
  /** The mark of the instance, without its expiry: digests of owner, key and parameters. */
  readonly mark: string;
  /** When the create was about to be sent, ISO 8601. It was sent within 30 s, or never, unless a function given as `apiKey` delayed it. With an idempotency key of the vendor (fal), it may be sent again while the vendor remembers the key. */
  readonly sentAt: string;
  /** When the connection of the paid call ended, ISO 8601. Missing in a handle that was stored before sending: `reconcile` then waits longer. */
  readonly connectedUntil?: string;
  /** Ids that the provider listed just before, if it stores no mark: an id that is new since then may be this instance. */
  readonly before?: readonly string[];
}
