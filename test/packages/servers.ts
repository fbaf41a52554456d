// How each server is started: TLS with the test's certificate, verification of nobody, data in a temporary folder.

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/node_tls.ts';
import { Daemon, isRoot, ownerFor, put, serverFolder, setUp } from './daemon.ts';

/** MariaDB: TLS by the upgrade of its protocol, and no login without. User "castls", password "secret". */
export async function mariadb(): Promise<number> {
  const owner = ownerFor('mysql');
  const folder = serverFolder(owner);
  const data = join(folder, 'data');
  const port = await freePort();
  setUp(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--skip-test-db', '--auth-root-authentication-method=normal'],
    {
      owner,
      cwd: folder,
    },
  );
  const users = `CREATE USER castls IDENTIFIED BY 'secret' REQUIRE SSL;
CREATE DATABASE castls;
GRANT ALL ON castls.* TO castls;
`;
  const server = new Daemon(
    'mariadbd',
    [
      '--no-defaults',
      ...[`--datadir=${data}`, `--socket=${folder}/socket`, `--pid-file=${folder}/pid`],
      ...['--bind-address=127.0.0.1', `--port=${port}`, `--init-file=${put(folder, 'users.sql', users, owner)}`],
      ...[`--ssl-cert=${folder}/cert.pem`, `--ssl-key=${folder}/key.pem`, '--skip-name-resolve'],
    ],
    { owner, cwd: folder },
  );
  await server.accepts(port);
  return port;
}

/** @param tls without it: a backend, for a front that has it */
export async function redis(tls = true): Promise<number> {
  const folder = serverFolder();
  const port = await freePort();
  const withTls = [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem', '--tls-ca-cert-file', 'ca.pem'],
  ];
  const server = new Daemon(
    'redis-server',
    [...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], ...(tls ? withTls : ['--port', String(port)])],
    { cwd: folder },
  );
  await server.accepts(port);
  return port;
}

export async function mosquitto(): Promise<number> {
  const folder = serverFolder();
  const port = await freePort();
  const config = `${isRoot ? 'user root\n' : ''}listener ${port} 127.0.0.1
cafile ${folder}/ca.pem
certfile ${folder}/cert.pem
keyfile ${folder}/key.pem
allow_anonymous true
`;
  const server = new Daemon('mosquitto', ['-c', put(folder, 'mosquitto.conf', config)], { cwd: folder });
  await server.accepts(port);
  return port;
}

/** RabbitMQ with an epmd of its own: no other Erlang of the machine meets it. */
export async function rabbitmq(): Promise<number> {
  const folder = serverFolder();
  const [port, portOfNames, portOfNodes] = [await freePort(), await freePort(), await freePort()];
  const config = `listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:${port}
ssl_options.cacertfile = ${folder}/ca.pem
ssl_options.certfile = ${folder}/cert.pem
ssl_options.keyfile = ${folder}/key.pem
ssl_options.verify = verify_none
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
`;
  put(folder, 'rabbitmq.conf', config);
  put(folder, 'plugins', '[].');
  const env = { HOME: folder, ERL_EPMD_PORT: String(portOfNames), ERL_EPMD_ADDRESS: '127.0.0.1' };
  const names = new Daemon('epmd', [], { cwd: folder, env });
  await names.accepts(portOfNames);
  const server = new Daemon('/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
    cwd: folder,
    env: {
      ...env,
      RABBITMQ_NODENAME: `castls${port}@localhost`,
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_DIST_PORT: String(portOfNodes),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      // A second scheduler busy waiting would take what the tests need.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none +S 1:1',
    },
  });
  await server.accepts(port);
  return port;
}

/** nats-server: TLS begins after its first line in the clear. */
export async function nats(): Promise<number> {
  const folder = serverFolder();
  const port = await freePort();
  const args = ['-a', '127.0.0.1', '-p', String(port), '--tls', '--tlscert=cert.pem', '--tlskey=key.pem'];
  const server = new Daemon('nats-server', args, { cwd: folder });
  await server.accepts(port);
  return port;
}

/** Where the user of a server may write, who is not ours. */
function openFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
}

export interface TwoPorts {
  /** Where TLS is asked for in the clear. */
  readonly plain: number;
  readonly tls: number;
}

/** Dovecot's IMAP: any user, password "secret". */
export async function dovecot(): Promise<TwoPorts> {
  const folder = serverFolder();
  const [plain, tls] = [await freePort(), await freePort()];
  openFolder(join(folder, 'mail'));
  const me = isRoot ? 'nobody' : (process.env['USER'] ?? 'nobody');
  const users = isRoot ? '' : `default_internal_user = ${me}\ndefault_login_user = ${me}\n`;
  const config = `${users}base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
mail_location = maildir:${folder}/mail/%u
first_valid_uid = 1
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${me} gid=${isRoot ? 'nogroup' : me} home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${plain}
  }
  inet_listener imaps {
    port = ${tls}
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
  const server = new Daemon('dovecot', ['-F', '-c', put(folder, 'dovecot.conf', config)], { cwd: folder });
  await server.accepts(plain, tls);
  return { plain, tls };
}

/** OpenLDAP (over GnuTLS, as Debian builds it): dc=test with cn=admin,dc=test and "secret"; no bind in the clear. */
export async function slapd(): Promise<TwoPorts> {
  const folder = serverFolder();
  const [plain, tls] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'data'));
  const config = `include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/pid
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
security simple_bind=128
database mdb
suffix "dc=test"
rootdn "cn=admin,dc=test"
rootpw secret
maxsize 16777216
directory ${folder}/data
`;
  const file = put(folder, 'slapd.conf', config);
  const top = 'dn: dc=test\nobjectClass: dcObject\nobjectClass: organization\no: test\ndc: test\n';
  setUp('slapadd', ['-f', file], { cwd: folder, input: top });
  const urls = `ldap://127.0.0.1:${plain}/ ldaps://127.0.0.1:${tls}/`;
  const server = new Daemon('slapd', ['-f', file, '-h', urls, '-d', '0'], { cwd: folder });
  await server.accepts(plain, tls);
  return { plain, tls };
}

/** vsftpd for anonymous who may store; data connections have to resume the session of the control connection. */
export async function vsftpd(kind: 'explicit' | 'implicit'): Promise<number> {
  const folder = serverFolder(null, 'server_rsa');
  const port = await freePort();
  const store = join(folder, 'ftp', 'store');
  openFolder(store);
  const options = {
    background: 'NO',
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    run_as_launching_user: isRoot ? 'NO' : 'YES',
    anonymous_enable: 'YES',
    anon_root: join(folder, 'ftp'),
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_umask: '022',
    write_enable: 'YES',
    no_anon_password: 'YES',
    secure_chroot_dir: '/var/run/vsftpd/empty',
    seccomp_sandbox: 'NO',
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    force_anon_logins_ssl: 'YES',
    force_anon_data_ssl: 'YES',
    require_ssl_reuse: 'YES',
    implicit_ssl: kind === 'implicit' ? 'YES' : 'NO',
    rsa_cert_file: join(folder, 'cert.pem'),
    rsa_private_key_file: join(folder, 'key.pem'),
    ssl_ciphers: 'HIGH',
    vsftpd_log_file: join(folder, 'log'),
  };
  const lines = Object.entries(options).map(([name, value]) => `${name}=${value}\n`);
  if (isRoot) mkdirSync('/var/run/vsftpd/empty', { recursive: true });
  const server = new Daemon('vsftpd', [put(folder, 'vsftpd.conf', lines.join(''))], { cwd: folder });
  await server.accepts(port);
  return port;
}

/** nginx that stores what is PUT and gives it back; HTTP/1.1 and HTTP/2. */
export async function nginx(): Promise<number> {
  const folder = serverFolder();
  const port = await freePort();
  mkdirSync(join(folder, 'files'));
  const config = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http {
  access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e; client_max_body_size 10m;
  server {
    listen 127.0.0.1:${port} ssl http2; root ${folder}/files;
    ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
    dav_methods PUT DELETE;
  }
}`;
  const server = new Daemon('nginx', ['-p', folder, '-c', put(folder, 'nginx.conf', config)], { cwd: folder });
  await server.accepts(port);
  return port;
}
