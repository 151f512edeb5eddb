# The Ruby SDK's own client of the format: V2 under KMS, in metadata or in an instruction file.
#
#   s3ec.rb get <endpoint> <bucket> <key> <kms key arn> <context json> <metadata|instruction_file>    writes the plaintext to standard output
#   s3ec.rb put <endpoint> <bucket> <key> <kms key arn> <context json> <metadata|instruction_file>    stores what standard input gives
#
# Credentials and region come from the environment. A refusal is an exception, and exit code 1.
require 'aws-sdk-kms'
require 'aws-sdk-s3'
require 'json'

command, endpoint, bucket, key, kms_key, context, location = ARGV
STDIN.binmode
STDOUT.binmode
client = Aws::S3::EncryptionV2::Client.new(
  client: Aws::S3::Client.new(endpoint: endpoint, force_path_style: true),
  kms_client: Aws::KMS::Client.new(endpoint: endpoint),
  # An SDK of before 2020 cannot name the key when it decrypts.
  kms_key_id: command == 'get' ? :kms_allow_decrypt_with_any_cmk : kms_key,
  key_wrap_schema: :kms_context,
  content_encryption_schema: :aes_gcm_no_padding,
  security_profile: :v2,
  envelope_location: location.to_sym)
options = { bucket: bucket, key: key, kms_encryption_context: JSON.parse(context) }
if command == 'get'
  STDOUT.write(client.get_object(options).body.read)
else
  client.put_object(options.merge(body: STDIN.read))
end
