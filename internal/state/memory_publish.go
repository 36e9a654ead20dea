package state

import (
	"bytes"
	"context"
)

// Publish sends message to all who have subscribed to channel. Where one of them is 1,024 messages behind it is an
// error, and whoever has room has it.
func (m *Memory) Publish(ctx context.Context, channel string, message []byte) error {
	const doing = "sending a message"
	if err := checkMessage(doing, channel, message); err != nil {
		return err
	}
	leave, err := m.enter(ctx, doing)
	if err != nil {
		return err
	}
	defer leave()
	for box := range m.subscribers[channel] {
		select {
		case box <- bytes.Clone(message):
		default:
			err = &Error{doing: doing, message: "a receiver is too far behind", hint: "try again"}
		}
	}
	return err
}

// Subscribe hands the messages of channel to take, one after the other, until ctx ends (then it returns nil) or the
// store is closed.
func (m *Memory) Subscribe(ctx context.Context, channel string, take func(message []byte)) error {
	const doing = "listening for messages"
	if err := checkKey(doing, channel); err != nil {
		return err
	}
	leave, err := m.enter(ctx, doing)
	if err != nil {
		return err
	}
	box := make(chan []byte, mailbox)
	if m.subscribers[channel] == nil {
		m.subscribers[channel] = map[chan []byte]struct{}{}
	}
	m.subscribers[channel][box] = struct{}{}
	leave()
	defer m.unsubscribe(channel, box)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.done:
			return stopping(doing)
		case message := <-box:
			take(message)
		}
	}
}

func (m *Memory) unsubscribe(channel string, box chan []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.subscribers[channel], box)
	if len(m.subscribers[channel]) == 0 {
		delete(m.subscribers, channel)
	}
}
