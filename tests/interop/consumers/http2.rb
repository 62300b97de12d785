# Pushes with Ruby's OpenSSL and the gem http-2.
require 'http/2'
require 'openssl'
require 'socket'

context = OpenSSL::SSL::SSLContext.new
if ENV['P12']
  p12 = OpenSSL::PKCS12.new(File.binread(ENV['P12']), ENV['PASSWORD'])
  context.cert, context.key = p12.certificate, p12.key
else
  context.cert = OpenSSL::X509::Certificate.new(File.read(ENV['CERT']))
  context.key = OpenSSL::PKey.read(File.read(ENV['KEY']), ENV['PASSWORD'])
end
context.ca_file = ENV['CA']
context.verify_mode = OpenSSL::SSL::VERIFY_PEER
context.alpn_protocols = ['h2']
socket = OpenSSL::SSL::SSLSocket.new(TCPSocket.new('127.0.0.1', ENV['PORT']), context)
socket.connect

client = HTTP2::Client.new
client.on(:frame) { |bytes| socket.write(bytes) }
stream = client.new_stream
done = false
stream.on(:headers) { |headers| print headers.to_h[':status'], ' ' }
stream.on(:data) { |data| print data }
stream.on(:close) { done = true }
payload = ENV['PAYLOAD']
stream.headers({ ':scheme' => 'https', ':method' => 'POST', ':authority' => 'localhost',
                 ':path' => "/3/device/#{ENV['TOKEN']}", 'apns-topic' => ENV['TOPIC'], 'apns-push-type' => 'mdm' })
stream.data(payload)
client << socket.readpartial(4096) until done
