// Clients of message brokers under castls/register, with Debian's servers.

import { test } from 'uvu';
import { cleanUp } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';
import { runsUnchanged } from './harness.ts';
import { mosquitto, nats, rabbitmq } from './servers.ts';

test.after.each(cleanUp);

withPeer('mqtt with Mosquitto', ['mosquitto'], () => {
  test('mqtt with Mosquitto', async () => {
    await runsUnchanged('mqtt', await mosquitto());
  });
});

withPeer('nats with nats-server', ['nats-server'], () => {
  test('nats with nats-server: TLS after a line in the clear', async () => {
    await runsUnchanged('nats', await nats());
  });
});

withPeer('amqplib with RabbitMQ', ['rabbitmqctl', 'epmd'], () => {
  test('amqplib with RabbitMQ', async () => {
    await runsUnchanged('amqplib', await rabbitmq());
  });
});

test.run();
