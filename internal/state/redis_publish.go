package state

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	heartbeat = 3 * time.Second // of a subscription: a connection that is silent for longer is asked, then made anew
	patience  = 5 * time.Second // with a receiver that is behind; then its message is dropped
)

// Publish sends message to all who have subscribed to channel, at whatever replica.
func (r *Redis) Publish(ctx context.Context, channel string, message []byte) error {
	const doing = "sending a message"
	if err := checkMessage(doing, channel, message); err != nil {
		return err
	}
	return r.call(ctx, doing, false, func(ctx context.Context) error {
		return r.client.Publish(ctx, r.prefix+channel, message).Err()
	})
}

// Subscribe hands the messages of channel to take, one after the other, until ctx ends (then it returns nil) or the
// store is closed. A lost connection is made anew; what was sent in the meantime is lost, so that a message may only
// ever bring forward what would be found out anyway.
func (r *Redis) Subscribe(ctx context.Context, channel string, take func(message []byte)) error {
	const doing = "listening for messages"
	if err := checkKey(doing, channel); err != nil {
		return err
	}
	subscription := r.client.Subscribe(ctx, r.prefix+channel)
	defer func() { _ = subscription.Close() }()
	messages := subscription.Channel(redis.WithChannelSize(mailbox),
		redis.WithChannelHealthCheckInterval(heartbeat), redis.WithChannelSendTimeout(patience))
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.done: // the library would go on trying, in vain
			return stopping(doing)
		case message := <-messages:
			take([]byte(message.Payload))
		}
	}
}
